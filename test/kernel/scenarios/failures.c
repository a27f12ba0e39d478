// Case 19: calls that fail, each an error under the file that it was about.
#include <sys/ioctl.h>
#include "scenarios.h"

static char *volatile nowhere = (char *)8;

void failures(void)
{
	struct stat status;
	char buffer[16], long_name[300];
	int fd, dir;

	MUST(mkdir("sub", 0755));
	create_with("sub/file", 10);
	MUST(symlink("loop", "loop"));
	MUST(symlink("sub/nowhere", "dangling"));
	MUST(mkfifo("fifo", 0600));
	memset(long_name, 'n', 299);
	long_name[299] = 0;
	fd = MUST(open("sub/file", O_RDONLY));
	dir = MUST(open("sub", O_PATH));
	watch("main");
	// ENOENT, with the full path that was tried
	FAILS(ENOENT, open("no/such/file", O_RDONLY));
	FAILS(ENOENT, open("sub/../no-such", O_RDONLY));
	FAILS(ENOENT, openat(dir, "no-such", O_RDONLY));
	FAILS(ENOENT, open("/no-such-directory-of-ior-flame/file", O_RDONLY));
	FAILS(ENOENT, open("dangling", O_RDONLY));
	FAILS(ENOENT, open("", O_RDONLY));
	FAILS(ENOENT, stat("no-such", &status));
	FAILS(ENOENT, unlink("no-such"));
	FAILS(ENOENT, rename("no-such", "new-name"));
	FAILS(ENOENT, mkdir("no/such", 0755));
	FAILS(ENOENT, chdir("no-such"));
	FAILS(ENOENT, execl("no-such-program", "x", NULL));
	// EBADF: nothing to name, but what is named otherwise
	FAILS(EBADF, read(987, buffer, 1));
	FAILS(EBADF, close(987));
	FAILS(EBADF, close(-1));
	FAILS(EBADF, openat(987, "relative", O_RDONLY));
	FAILS(ENOENT, openat(987, "/no-such-directory-of-ior-flame/file", O_RDONLY));
	FAILS(EBADF, write(fd, "x", 1));
	FAILS(EBADF, read(dir, buffer, 1)); // O_PATH
	// others
	FAILS(ENOTDIR, open("sub/file/below", O_RDONLY));
	FAILS(EEXIST, open("sub/file", O_RDWR | O_CREAT | O_EXCL, 0644));
	FAILS(EISDIR, open("sub", O_RDWR));
	FAILS(ELOOP, open("loop", O_RDONLY));
	FAILS(ENXIO, open("fifo", O_WRONLY | O_NONBLOCK));
	FAILS(ENAMETOOLONG, open(long_name, O_RDONLY));
	FAILS(EFAULT, open(nowhere, O_RDONLY));
	FAILS(ENOTEMPTY, rmdir("sub"));
	FAILS(EINVAL, lseek(fd, -1, SEEK_SET));
	FAILS(ENOTTY, ioctl(fd, TIOCGWINSZ, buffer));
	FAILS(EACCES, execl("sub/file", "x", NULL));
}

// As nobody.
void refused(void)
{
	pid_t child;

	MUST(mkdir("closed", 0700));
	create_with("closed/file", 10);
	MUST(chmod(".", 0755));
	create_with("secret", 10);
	MUST(chmod("secret", 0600));
	create_with("open", 10);
	if (in_child(&child)) {
		MUST(setresgid(65534, 65534, 65534));
		MUST(setresuid(65534, 65534, 65534));
		watch("nobody");
		FAILS(EACCES, open("secret", O_RDONLY));
		FAILS(EACCES, open("secret", O_RDONLY));
		FAILS(EACCES, open("closed/file", O_RDONLY));
		FAILS(EACCES, access("closed/file", R_OK));
		FAILS(EACCES, open("new", O_RDWR | O_CREAT, 0644));
		FAILS(EACCES, unlink("secret"));
		FAILS(EPERM, chmod("open", 0777));
		MUST(close(MUST(open("open", O_RDONLY))));
		_exit(0);
	}
	wait_for(child);
}
