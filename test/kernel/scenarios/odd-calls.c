// Cases 11 and 12: calls whose file is not where one would look for it.
#include <dirent.h>
#include <linux/openat2.h>
#include <sys/xattr.h>
#include "scenarios.h"

#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#define SYS_getxattrat 464
#define SYS_listxattrat 465
#define SYS_removexattrat 466
#endif

void xattrs(void)
{
	struct {
		unsigned long value;
		unsigned int size, flags;
	} arguments = { (unsigned long)"1234567", 7, 0 };
	char buffer[256];
	int fd = create("file"), dir = MUST(open(".", O_PATH));

	MUST(symlink("missing", "link"));
	if (setxattr("file", "user.before", "x", 1, 0))
		cannot("user.* attributes: %s", strerror(errno));
	MUST(removexattr("file", "user.before"));
	watch("main");
	MUST(setxattr("file", "user.one", "12345", 5, 0));
	MUST(lsetxattr(in_directory("file"), "user.two", "1234567", 7, 0));
	MUST(fsetxattr(fd, "user.three", "123", 3, 0));
	CHECK(MUST(getxattr("file", "user.one", buffer, sizeof(buffer))) == 5);
	CHECK(MUST(lgetxattr("file", "user.two", buffer, sizeof(buffer))) == 7);
	CHECK(MUST(fgetxattr(fd, "user.three", buffer, sizeof(buffer))) == 3);
	FAILS(ENODATA, getxattr("file", "user.none", buffer, sizeof(buffer)));
	FAILS(ERANGE, getxattr("file", "user.one", buffer, 2));
	FAILS(ENOENT, getxattr("link", "user.one", buffer, sizeof(buffer)));
	CHECK(MUST(listxattr("file", buffer, sizeof(buffer))) == 9 + 9 + 11);
	CHECK(MUST(llistxattr("file", buffer, sizeof(buffer))) == 9 + 9 + 11);
	CHECK(MUST(flistxattr(fd, buffer, sizeof(buffer))) == 9 + 9 + 11);
	MUST(removexattr("file", "user.one"));
	MUST(lremovexattr("file", "user.two"));
	MUST(fremovexattr(fd, "user.three"));
	unwatch();
	if (syscall(SYS_listxattrat, dir, "file", 0, buffer, sizeof(buffer)) < 0 && errno == ENOSYS) {
		report("xattrat", "no");
		return;
	}
	report("xattrat", "yes");
	watch("at");
	MUST(syscall(SYS_setxattrat, dir, "file", 0, "user.at", &arguments, sizeof(arguments)));
	arguments.value = (unsigned long)buffer;
	CHECK(MUST(syscall(SYS_getxattrat, dir, "file", 0, "user.at", &arguments, sizeof(arguments))) == 7);
	CHECK(MUST(syscall(SYS_listxattrat, fd, "", AT_EMPTY_PATH, buffer, sizeof(buffer))) == 8);
	MUST(syscall(SYS_removexattrat, dir, "file", 0, "user.at"));
}

void directories_and_links(void)
{
	char buffer[4096];
	long bytes;
	int dir, link, file;

	MUST(mkdir("sub", 0755));
	MUST(mkdir("sub/empty", 0755));
	file = create("sub/file");
	MUST(symlink("sub/file", "link"));
	watch("main");
	MUST(syscall(SYS_getcwd, buffer, sizeof(buffer)));
	MUST(chdir("sub"));
	MUST(syscall(SYS_getcwd, buffer, sizeof(buffer)));
	FAILS(ERANGE, syscall(SYS_getcwd, buffer, 2));
	dir = MUST(open("..", O_RDONLY | O_DIRECTORY));
	bytes = MUST(syscall(SYS_getdents64, dir, buffer, sizeof(buffer)));
	CHECK(MUST(syscall(SYS_getdents64, dir, buffer, sizeof(buffer))) == 0);
	MUST(close(dir));
	dir = MUST(open("empty", O_RDONLY | O_DIRECTORY));
	CHECK(MUST(syscall(SYS_getdents, dir, buffer, sizeof(buffer))) == 24 * 2);
	FAILS(ENOTDIR, syscall(SYS_getdents64, file, buffer, sizeof(buffer)));
	MUST(fchdir(dir));
	MUST(syscall(SYS_getcwd, buffer, sizeof(buffer)));
	CHECK(MUST(readlink("../../link", buffer, sizeof(buffer))) == 8);
	CHECK(MUST(readlink("../../link", buffer, 3)) == 3);
	CHECK(MUST(readlinkat(dir, "../../link", buffer, sizeof(buffer))) == 8);
	FAILS(EINVAL, readlink("../file", buffer, sizeof(buffer)));
	link = MUST(open("../../link", O_PATH | O_NOFOLLOW));
	CHECK(MUST(readlinkat(link, "", buffer, sizeof(buffer))) == 8);
	unwatch();
	report("dents", "%ld", bytes);
}

void ways_to_open(void)
{
	struct open_how how = { .flags = O_RDWR | O_CREAT, .mode = 0644 }, beneath = { .flags = O_RDONLY,
										       .resolve = RESOLVE_BENEATH };
	struct open_how in_root = { .flags = O_RDONLY, .resolve = RESOLVE_IN_ROOT };
	union {
		struct file_handle header;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} handle = { .header.handle_bytes = 0 };
	int dir, fd, mount_id, sub;

	MUST(mkdir("sub", 0755));
	dir = MUST(open(".", O_RDONLY));
	sub = MUST(open("sub", O_PATH));
	create_with("handled", 3);
	watch("main");
	fd = MUST(syscall(SYS_openat2, AT_FDCWD, "two", &how, sizeof(how)));
	write_exactly(fd, 2);
	MUST(close(fd));
	MUST(close(MUST(syscall(SYS_openat2, sub, "three", &how, sizeof(how)))));
	FAILS(EXDEV, syscall(SYS_openat2, sub, "../two", &beneath, sizeof(beneath)));
	MUST(close(MUST(syscall(SYS_openat2, sub, "/../../three", &in_root, sizeof(in_root)))));
	FAILS(E2BIG, syscall(SYS_openat2, AT_FDCWD, "two", &how, 1 << 20));
	MUST(close(MUST(syscall(SYS_creat, "created", 0644))));
	MUST(close(MUST(syscall(SYS_open, "old-open", O_RDWR | O_CREAT, 0644))));
	FAILS(EOVERFLOW, name_to_handle_at(AT_FDCWD, "handled", &handle.header, &mount_id, 0));
	MUST(name_to_handle_at(AT_FDCWD, "handled", &handle.header, &mount_id, 0));
	fd = open_by_handle_at(dir, &handle.header, O_RDWR);
	if (fd < 0)
		cannot("open_by_handle_at: %s", strerror(errno));
	read_exactly(fd, 10, 3);
	MUST(close(fd));
	handle.header.handle_type = 12345;
	CHECK(open_by_handle_at(dir, &handle.header, O_RDONLY) < 0);
}

void mapped(void)
{
	int fd = create("mapped"), other = create("other");
	char *map;

	MUST(ftruncate(fd, 8192));
	watch("main");
	map = (char *)MUST(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	MUST(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 4096));
	MUST(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, other, 0));
	// anonymous memory does not look at its descriptor
	MUST(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, fd, 0));
	FAILS(EINVAL, mmap(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0));
	FAILS(EBADF, mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 987, 0));
	MUST(close(fd));
	map[0] = 'x';
	MUST(msync(map, 8192, MS_SYNC));
}
