// Case 6: files that share a number: of a descriptor, of an inode, of a dentry's address; and files that share a name.
#include <linux/membarrier.h>
#include "scenarios.h"

// Two processes of one comm, both on descriptor 100, at the same time.
void same_number(void)
{
	const char *names[] = { "one", "two" };
	pid_t children[2];

	for (int i = 0; i < 2; i++) {
		if (!in_child(&children[i]))
			continue;
		MUST(dup2(create(names[i]), 100));
		watch("child");
		for (int round = 0; round < 500; round++) {
			write_exactly(100, 1 + i);
			if (round % 10 == 0)
				sched_yield();
		}
		MUST(close(100));
		_exit(0);
	}
	wait_for(children[0]);
	wait_for(children[1]);
}

void same_inode_number(void)
{
	int fds[2];

	leave_mounts();
	for (int i = 0; i < 2; i++) {
		const char *where = i ? "second" : "first";

		MUST(mkdir(where, 0755));
		mount_tmpfs(where);
		MUST(chdir(where));
		create_with("file", 0);
		MUST(chdir(directory));
	}
	if (inode_of("first/file") != inode_of("second/file"))
		cannot("two tmpfs give their first files different inode numbers");
	watch("main");
	fds[0] = MUST(open("first/file", O_RDWR));
	fds[1] = MUST(open("second/file", O_RDWR));
	for (int i = 0; i < 10; i++) {
		write_exactly(fds[0], 1);
		write_exactly(fds[1], 2);
	}
	MUST(close(fds[0]));
	MUST(close(fds[1]));
}

// ext4 gives the inode number that was freed last to the next file.
void recycled_inode(void)
{
	unsigned long last = 0;
	int recycled = 0;

	for (int i = 0; i < 50; i++) {
		struct stat status;
		char name[16];
		int fd;

		snprintf(name, sizeof(name), "file-%02d", i);
		watch("main");
		fd = MUST(open(name, O_RDWR | O_CREAT, 0644));
		write_exactly(fd, i + 1);
		unwatch();
		MUST(fstat(fd, &status));
		recycled += status.st_ino == last;
		last = status.st_ino;
		watch("main");
		MUST(close(fd));
		MUST(unlink(name));
	}
	unwatch();
	if (recycled < 40)
		cannot("only %d of 50 files had the inode number of the one before", recycled);
}

// The kernel frees a dentry a grace period after its file has gone, and soon gives out its memory again: the same
// addresses then lead to other directories with a file of the same name in them.
void recycled_directories(void)
{
	for (int i = 0; i < 1000; i++) {
		char name[16], file[32];
		int fd;

		snprintf(name, sizeof(name), "d%03d", i);
		snprintf(file, sizeof(file), "%s/out", name);
		watch("main");
		MUST(mkdir(name, 0755));
		fd = MUST(open(file, O_RDWR | O_CREAT, 0644));
		write_exactly(fd, i + 1);
		MUST(close(fd));
		MUST(chdir(name));
		FAILS(ENOENT, access("missing", R_OK));
		MUST(chdir(".."));
		MUST(unlink(file));
		MUST(rmdir(name));
		unwatch();
		if (i % 10 == 0)
			MUST(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0)); // waits for a grace period
	}
}

void recycled_memfds(void)
{
	for (int i = 0; i < 1000; i++) {
		char name[16];
		int fd;

		snprintf(name, sizeof(name), "m%03d", i);
		watch("main");
		fd = MUST(memfd_create(name, 0));
		write_exactly(fd, i + 1);
		MUST(close(fd));
		unwatch();
		if (i % 10 == 0)
			MUST(syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0));
	}
}

// The next mount soon has the memory of the last one.
void recycled_mounts(void)
{
	leave_mounts();
	for (int i = 0; i < 100; i++) {
		char name[16], file[32];
		int fd;

		snprintf(name, sizeof(name), "m%02d", i);
		snprintf(file, sizeof(file), "%s/out", name);
		MUST(mkdir(name, 0755));
		mount_tmpfs(name);
		watch("main");
		fd = MUST(open(file, O_RDWR | O_CREAT, 0644));
		write_exactly(fd, i + 1);
		MUST(close(fd));
		MUST(access(name, R_OK));
		unwatch();
		MUST(umount(name));
	}
}

void hard_links(void)
{
	int a, b;

	create_with("a", 0);
	MUST(mkdir("sub", 0755));
	watch("main");
	MUST(link("a", "sub/b"));
	a = MUST(open("a", O_RDWR));
	b = MUST(open("sub/b", O_RDWR));
	write_exactly(a, 1);
	write_exactly(b, 2);
	MUST(unlink("a"));
	write_exactly(a, 4);
	write_exactly(b, 8);
	MUST(close(a));
	MUST(close(b));
}

void same_name(void)
{
	static const char *const names[] = { "one/file", "two/file", "one/two/file", "two/one/file" };
	int fds[4];

	MUST(mkdir("one", 0755));
	MUST(mkdir("two", 0755));
	MUST(mkdir("one/two", 0755));
	MUST(mkdir("two/one", 0755));
	watch("main");
	for (int i = 0; i < 4; i++)
		fds[i] = MUST(open(names[i], O_RDWR | O_CREAT, 0644));
	for (int i = 0; i < 4; i++) {
		write_exactly(fds[i], 1 << i);
		MUST(access(names[i], R_OK));
	}
}
