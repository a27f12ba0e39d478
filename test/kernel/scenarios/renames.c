// Case 8: names that change, and files without one.
#include "scenarios.h"

void renamed_file(void)
{
	int a = create("a"), b = create("b"), target = create("target");

	watch("main");
	write_exactly(a, 1);
	MUST(rename("a", "c"));
	write_exactly(a, 2);
	write_exactly(b, 4);
	MUST(syscall(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "c", RENAME_EXCHANGE));
	write_exactly(a, 8);
	write_exactly(b, 16);
	MUST(close(MUST(open("c", O_RDWR))));
	// replaced: the one that is gone keeps its name
	write_exactly(target, 32);
	MUST(rename("c", "target"));
	write_exactly(target, 64);
	write_exactly(b, 128);
	MUST(close(target));
	MUST(close(b));
	MUST(close(a));
}

void renamed_parents(void)
{
	int fd;

	MUST(mkdir("g", 0755));
	MUST(mkdir("g/p", 0755));
	watch("main");
	fd = MUST(open("g/p/f", O_RDWR | O_CREAT, 0644));
	write_exactly(fd, 1);
	MUST(rename("g/p", "g/q"));
	write_exactly(fd, 2);
	MUST(close(MUST(open("g/q/f", O_RDONLY))));
	MUST(rename("g", "h"));
	write_exactly(fd, 4);
	MUST(close(MUST(open("h/q/f", O_RDONLY))));
	FAILS(ENOENT, open("g/p/f", O_RDONLY));
	MUST(rename("h/q", "q"));
	write_exactly(fd, 8);
	// back again: the old identity, and its name
	MUST(rename("h", "g"));
	MUST(rename("q", "g/p"));
	write_exactly(fd, 16);
	MUST(close(fd));
}

void renamed_cwd(void)
{
	MUST(mkdir("g", 0755));
	MUST(mkdir("g/p", 0755));
	create_with("g/p/f", 0);
	MUST(chdir("g/p"));
	watch("main");
	MUST(access("f", R_OK));
	MUST(rename(in_directory("g/p"), in_directory("g/q")));
	MUST(access("f", R_OK));
	MUST(rename(in_directory("g"), in_directory("h")));
	MUST(access("f", R_OK));
	MUST(close(MUST(open("f", O_RDONLY))));
}

// As npm does it: each package grows under the same name and is moved to its own.
void moved_into_place(void)
{
	for (int i = 0; i < 100; i++) {
		char final[32], file[64];
		int fd;

		snprintf(final, sizeof(final), "final-%02d", i);
		snprintf(file, sizeof(file), "%s/pkg/file", final);
		MUST(mkdir("staging", 0755));
		MUST(mkdir("staging/pkg", 0755));
		watch("main");
		fd = MUST(open("staging/pkg/file", O_RDWR | O_CREAT, 0644));
		write_exactly(fd, i + 1);
		MUST(rename("staging", final));
		write_exactly(fd, 1000 + i);
		MUST(close(fd));
		MUST(close(MUST(open(file, O_RDONLY))));
		unwatch();
	}
}

// A directory above a mount is renamed.
void renamed_above_mount(void)
{
	int fd;

	leave_mounts();
	MUST(mkdir("g", 0755));
	MUST(mkdir("g/p", 0755));
	MUST(mkdir("g/p/mnt", 0755));
	mount_tmpfs("g/p/mnt");
	watch("main");
	fd = MUST(open("g/p/mnt/f", O_RDWR | O_CREAT, 0644));
	write_exactly(fd, 1);
	MUST(rename("g/p", "g/q"));
	write_exactly(fd, 2);
	MUST(access("g/q/mnt/f", R_OK));
	MUST(rename("g", "h"));
	write_exactly(fd, 4);
	MUST(close(MUST(open("h/q/mnt/f", O_RDONLY))));
}

void moved_mount(void)
{
	int fd;

	leave_mounts();
	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	MUST(mkdir("a/mnt", 0755));
	MUST(mkdir("b/mnt", 0755));
	mount_tmpfs("a/mnt");
	watch("main");
	fd = MUST(open("a/mnt/f", O_RDWR | O_CREAT, 0644));
	write_exactly(fd, 1);
	unwatch();
	MUST(mount("a/mnt", "b/mnt", NULL, MS_MOVE, NULL));
	watch("main");
	write_exactly(fd, 2);
	MUST(close(fd));
}

// One tree before the trace, the other between two writes.
void lazily_unmounted(void)
{
	static const char *const files[] = { "before/file", "later/file" };
	int fds[2];

	leave_mounts();
	for (int i = 0; i < 2; i++) {
		MUST(mkdir(i ? "later" : "before", 0755));
		mount_tmpfs(i ? "later" : "before");
		fds[i] = create(files[i]);
	}
	MUST(umount2("before", MNT_DETACH));
	wait_for_start();
	watch("main");
	write_exactly(fds[0], 1);
	write_exactly(fds[1], 2);
	unwatch();
	MUST(umount2("later", MNT_DETACH));
	watch("main");
	write_exactly(fds[1], 4);
	MUST(close(fds[0]));
	MUST(close(fds[1]));
}

void deleted_cwd(void)
{
	MUST(mkdir("gone", 0755));
	MUST(chdir("gone"));
	MUST(rmdir("../gone"));
	wait_for_start();
	watch("main");
	FAILS(ENOENT, open("file", O_RDWR | O_CREAT, 0644));
	FAILS(ENOENT, access("file", R_OK));
	MUST(access("..", R_OK));
	MUST(access(".", R_OK));
}

void deleted_while_open(void)
{
	int fd, again;

	MUST(mkdir("sub", 0755));
	watch("main");
	fd = MUST(open("sub/file", O_RDWR | O_CREAT, 0644));
	write_exactly(fd, 1);
	MUST(unlink("sub/file"));
	write_exactly(fd, 2);
	again = MUST(open("sub/file", O_RDWR | O_CREAT, 0644)); // another file, with the name
	write_exactly(again, 4);
	write_exactly(fd, 8);
	MUST(unlink("sub/file"));
	MUST(rmdir("sub"));
	write_exactly(fd, 16);
	MUST(close(fd));
	MUST(close(again));
}

// Before the trace: what is seen first is already gone.
void first_seen_deleted(void)
{
	int gone = create("gone"), below, renamed = create("before"), alive = create("alive");

	MUST(mkdir("sub", 0755));
	below = create("sub/file");
	MUST(unlink("gone"));
	MUST(unlink("sub/file"));
	MUST(rmdir("sub"));
	MUST(rename("before", "after"));
	wait_for_start();
	watch("main");
	write_exactly(gone, 1);
	write_exactly(below, 2);
	write_exactly(renamed, 4);
	write_exactly(alive, 8);
	create_with("gone", 16); // another one, alive
	MUST(unlink("alive"));
	write_exactly(alive, 32); // seen alive before
	write_exactly(gone, 64);
	MUST(close(gone));
}

void without_a_name(void)
{
	char name[64];
	int first, second;

	first = open(".", O_RDWR | O_TMPFILE, 0644);
	if (first < 0)
		cannot("O_TMPFILE: %s", strerror(errno));
	MUST(close(first));
	watch("main");
	first = MUST(open(".", O_RDWR | O_TMPFILE, 0644));
	second = MUST(open(".", O_RDWR | O_TMPFILE, 0644));
	write_exactly(first, 1);
	write_exactly(second, 2);
	unwatch();
	for (int i = 0; i < 2; i++) {
		struct stat status;

		MUST(fstat(i ? second : first, &status));
		report(i ? "second" : "first", "%lu", status.st_ino);
	}
	snprintf(name, sizeof(name), "/proc/self/fd/%d", first);
	watch("main");
	MUST(linkat(AT_FDCWD, name, AT_FDCWD, "linked", AT_SYMLINK_FOLLOW));
	write_exactly(first, 4);
	MUST(close(first));
	MUST(close(second));
	first = MUST(open("linked", O_RDWR));
	write_exactly(first, 8);
}
