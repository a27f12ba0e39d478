// Case 7, the part with mounts: each in a mount namespace of its own.
#include "scenarios.h"

void in_mount_namespace(void)
{
	int before;

	MUST(mkdir("mnt", 0755));
	create_with("mnt/file", 0);
	before = MUST(open("mnt/file", O_RDWR));
	leave_mounts();
	mount_tmpfs("mnt");
	watch("main");
	MUST(close(MUST(open("mnt/file", O_RDWR | O_CREAT, 0644))));
	MUST(access("mnt/file", R_OK));
	MUST(chdir("mnt"));
	MUST(mkdir("sub", 0755));
	MUST(access("../mnt", R_OK));
	write_exactly(before, 1); // below the mount, by the same name
	unwatch();
	MUST(mkdir("inner", 0755));
	mount_tmpfs("inner");
	watch("main");
	create_with("inner/deep", 2);
}

// As in a container: another root, and the old one gone.
void after_pivot_root(void)
{
	leave_mounts();
	MUST(mkdir("root", 0755));
	mount_tmpfs("root");
	MUST(chdir("root"));
	MUST(mkdir("old", 0755));
	MUST(mkdir("sub", 0755));
	if (syscall(SYS_pivot_root, ".", "old"))
		cannot("pivot_root: %s", strerror(errno));
	MUST(chdir("/"));
	MUST(umount2("/old", MNT_DETACH));
	watch("main");
	create_with("/file", 1);
	create_with("sub/file", 2);
	MUST(access("/sub/file", R_OK));
	MUST(chdir("sub"));
	MUST(access("../../../file", R_OK));
}

void bind_mounts(void)
{
	int fd, direct;

	MUST(mkdir("source", 0755));
	MUST(mkdir("source/sub", 0755));
	MUST(mkdir("first", 0755));
	MUST(mkdir("second", 0755));
	create_with("source/file", 0);
	create_with("one-file", 0);
	leave_mounts();
	MUST(mount("source", "first", NULL, MS_BIND, NULL));
	MUST(mount("source/sub", "second", NULL, MS_BIND, NULL));
	MUST(mount("source/file", "one-file", NULL, MS_BIND, NULL));
	direct = MUST(open("source/file", O_RDWR));
	watch("main");
	write_exactly(direct, 1);
	fd = MUST(open("first/file", O_RDWR));
	write_exactly(fd, 2);
	write_exactly(direct, 4);
	MUST(close(fd));
	fd = MUST(open("one-file", O_RDWR));
	write_exactly(fd, 8);
	MUST(close(fd));
	create_with("first/sub/new", 16);
	create_with("second/new", 32);
	create_with("source/sub/new", 64);
	MUST(rename("first/sub", "first/renamed"));
	create_with("second/new", 128);
}

// On overlayfs: a file that is written is copied from the lower directory to the upper one.
void copied_up(void)
{
	int before, fd;

	if (access("from-below", R_OK))
		cannot("no overlay");
	before = MUST(open("from-below", O_RDONLY));
	watch("main");
	read_exactly(before, 1000, 100);
	fd = MUST(open("from-below", O_RDWR));
	write_exactly(fd, 1);
	MUST(close(fd));
	read_exactly(before, 10, 0);
	fd = MUST(open("from-below", O_RDWR | O_APPEND));
	write_exactly(fd, 2);
	MUST(rename("from-below", "renamed"));
	write_exactly(fd, 4);
	MUST(close(fd));
	MUST(unlink("renamed"));
}
