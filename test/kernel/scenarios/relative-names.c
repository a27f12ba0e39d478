// Case 7: names that mean something only together with a directory, a root or a mount.
#include <limits.h>
#include "scenarios.h"

void relative_names(void)
{
	int sub, fd;

	MUST(mkdir("sub", 0755));
	MUST(mkdir("sub/below", 0755));
	watch("main");
	// against the cwd
	MUST(close(MUST(open("one", O_RDWR | O_CREAT, 0644))));
	MUST(access("one", R_OK));
	MUST(access("./sub/.././/one", R_OK));
	MUST(access("sub/below/../../one", R_OK));
	MUST(access(".", R_OK));
	MUST(access("..", R_OK));
	FAILS(ENOENT, access("sub/missing/../one", R_OK));
	// after chdir and fchdir
	MUST(chdir("sub"));
	MUST(close(MUST(open("two", O_RDWR | O_CREAT, 0644))));
	MUST(access("two", R_OK));
	MUST(access("../one", R_OK));
	fd = MUST(open("below", O_RDONLY | O_DIRECTORY));
	MUST(fchdir(fd));
	MUST(close(fd));
	MUST(mkdir("three", 0755));
	MUST(access("../../one", R_OK));
	MUST(chdir("../.."));
	MUST(access("one", R_OK));
	// against a descriptor, wherever the cwd is
	sub = MUST(open("sub", O_PATH | O_DIRECTORY));
	MUST(syscall(SYS_faccessat, sub, "two", R_OK));
	MUST(syscall(SYS_faccessat, sub, "../one", R_OK));
	MUST(syscall(SYS_faccessat, sub, ".", R_OK));
	MUST(syscall(SYS_faccessat, sub, in_directory("one"), R_OK)); // absolute: the descriptor does not matter
	fd = MUST(openat(sub, "below/four", O_RDWR | O_CREAT, 0644));
	write_exactly(fd, 4);
	MUST(close(fd));
	FAILS(ENOENT, openat(sub, "no/file", O_RDONLY));
	MUST(renameat(sub, "two", AT_FDCWD, "five"));
	MUST(unlinkat(sub, "below/four", 0));
	MUST(close(sub));
}

void empty_names(void)
{
	struct stat status;
	struct statx more;
	char *const arguments[] = { "true", NULL }, *const environment[] = { NULL };
	char program[PATH_MAX];
	int fd = create("file"), dir = MUST(open(".", O_PATH)), true_;
	pid_t child;

	watch("main");
	MUST(fstatat(fd, "", &status, AT_EMPTY_PATH));
	MUST(fstatat(dir, "", &status, AT_EMPTY_PATH));
	MUST(fstatat(AT_FDCWD, "", &status, AT_EMPTY_PATH));
	MUST(statx(fd, "", AT_EMPTY_PATH, STATX_SIZE, &more));
	MUST(fchownat(fd, "", -1, -1, AT_EMPTY_PATH));
	MUST(linkat(fd, "", AT_FDCWD, "linked", AT_EMPTY_PATH));
	unwatch();
	CHECK(realpath("/bin/true", program));
	report("true", "%s", program);
	true_ = MUST(open("/bin/true", O_PATH));
	if (in_child(&child)) {
		watch("child");
		syscall(SYS_execveat, true_, "", arguments, environment, AT_EMPTY_PATH);
		_exit(1);
	}
	wait_for(child);
}

void symbolic_links(void)
{
	MUST(mkdir("real", 0755));
	create_with("real/file", 0);
	MUST(symlink("real", "link"));
	MUST(symlink("real/file", "to-file"));
	watch("main");
	MUST(close(MUST(open("link/file", O_RDONLY))));
	MUST(close(MUST(open("to-file", O_RDONLY))));
	MUST(access("link/file", R_OK));
	MUST(access("to-file", R_OK));
	// the cwd is the directory, whatever it was entered by
	MUST(chdir("link"));
	MUST(access("file", R_OK));
}

void in_chroot(void)
{
	int outside;

	MUST(mkdir("jail", 0755));
	MUST(mkdir("jail/sub", 0755));
	outside = MUST(open(".", O_PATH));
	MUST(chroot("jail"));
	MUST(chdir("/sub"));
	watch("main");
	MUST(close(MUST(open("/absolute", O_RDWR | O_CREAT, 0644))));
	MUST(access("/absolute", R_OK));
	MUST(access("/../../absolute", R_OK));
	MUST(close(MUST(open("relative", O_RDWR | O_CREAT, 0644))));
	MUST(access("relative", R_OK));
	MUST(access("../absolute", R_OK));
	FAILS(ENOENT, open("/missing", O_RDONLY));
	// what is held open from outside keeps its name
	MUST(mkdirat(outside, "outside", 0755));
	MUST(chroot("/sub"));
	MUST(access("/relative", R_OK));
}

// `..` stops at the root of the process.
void above_chroot(void)
{
	MUST(mkdir("jail", 0755));
	MUST(mkdir("jail/sub", 0755));
	create_with("jail/file", 0);
	MUST(chroot("jail"));
	MUST(chdir("/sub"));
	watch("main");
	MUST(access("../../file", R_OK));
	MUST(close(MUST(open("../../file", O_RDONLY))));
}
