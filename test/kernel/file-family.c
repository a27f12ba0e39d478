// Every system call of the file family at least once: file-family DIR. Each is made by its number, with and without
// success, over what makes names hard: links, renames, duplicates, children, an exec, mounts of its own. What a call
// returns does not matter here, only that two tracers see the same; what the next call needs is checked by MUST.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(call)                                                                      \
	({                                                                              \
		long __result = (long)(call);                                           \
		if (__result < 0) {                                                     \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, strerror(errno)); \
			exit(1);                                                        \
		}                                                                       \
		__result;                                                               \
	})

// numbers that the C library's headers may not know yet
enum {
	NR_cachestat = 451, NR_fchmodat2 = 452, NR_statmount = 457, NR_listmount = 458,
	NR_setxattrat = 463, NR_getxattrat, NR_listxattrat, NR_removexattrat, NR_open_tree_attr, NR_file_getattr,
	NR_file_setattr,
};

static char page[65536] __attribute__((aligned(4096)));
static struct iovec iov = { page, 100 };
static char program[PATH_MAX];

static void wait_for(pid_t child)
{
	int status;

	MUST(waitpid(child, &status, 0));
	if (status)
		exit(1);
}

static void reads_and_writes(void)
{
	int fd = MUST(syscall(SYS_open, "data", O_RDWR | O_CREAT, 0644)), other, ends[2];
	off_t zero = 0;

	MUST(syscall(SYS_write, fd, page, 5000));
	MUST(syscall(SYS_writev, fd, &iov, 1));
	MUST(syscall(SYS_pwrite64, fd, page, 70, 10));
	MUST(syscall(SYS_pwritev, fd, &iov, 1, 0, 0));
	MUST(syscall(SYS_pwritev2, fd, &iov, 1, 0, 0, 0));
	MUST(syscall(SYS_lseek, fd, 0, SEEK_SET));
	MUST(syscall(SYS_read, fd, page, 123));
	MUST(syscall(SYS_readv, fd, &iov, 1));
	MUST(syscall(SYS_pread64, fd, page, 71, 10));
	MUST(syscall(SYS_preadv, fd, &iov, 1, 0, 0));
	MUST(syscall(SYS_preadv2, fd, &iov, 1, 0, 0, 0));
	syscall(SYS_read, fd, (void *)1, 10);		// EFAULT
	syscall(SYS_read, 999, page, 10);		// EBADF
	syscall(SYS_write, -1, page, 10);
	MUST(syscall(SYS_fstat, fd, page));
	MUST(syscall(SYS_ftruncate, fd, 9000));
	MUST(syscall(SYS_fallocate, fd, 0, 0, 9000));
	MUST(syscall(SYS_fsync, fd));
	MUST(syscall(SYS_fdatasync, fd));
	MUST(syscall(SYS_syncfs, fd));
	syscall(SYS_sync_file_range, fd, 0, 100, 0);
	syscall(SYS_readahead, fd, 0, 100);
	MUST(syscall(SYS_fadvise64, fd, 0, 0, 0));
	syscall(NR_cachestat, fd, 0, 0, 0);
	MUST(syscall(SYS_flock, fd, 2));
	syscall(SYS_ioctl, fd, 0x5401, page);		// ENOTTY
	MUST(syscall(SYS_fcntl, fd, F_GETFL));
	MUST(syscall(SYS_fchmod, fd, 0600));
	syscall(SYS_fchown, fd, 0, 0);
	MUST(syscall(SYS_fstatfs, fd, page));
	MUST(syscall(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
	MUST(syscall(SYS_mmap, 0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	syscall(SYS_msync, page, 4096, 4);
	syscall(SYS_quotactl_fd, fd, 0, 0, 0);

	other = MUST(syscall(SYS_creat, "copy", 0644));
	MUST(syscall(SYS_sendfile, other, fd, &zero, 300));
	MUST(syscall(SYS_copy_file_range, fd, 0, other, 0, 200, 0));
	MUST(pipe2(ends, O_CLOEXEC));
	MUST(syscall(SYS_splice, fd, &zero, ends[1], 0, 400, 0));
	MUST(syscall(SYS_vmsplice, ends[1], &iov, 1, 0));
	syscall(SYS_tee, ends[0], ends[1], 10, 2);
	MUST(syscall(SYS_splice, ends[0], 0, other, 0, 100, 0));
	MUST(syscall(SYS_close, ends[0]));
	MUST(syscall(SYS_close, ends[1]));
	MUST(syscall(SYS_close, other));
	MUST(syscall(SYS_close, fd));
	syscall(SYS_close, fd);
	syscall(SYS_process_vm_readv, getpid(), &iov, 1, &iov, 1, 0);
	syscall(SYS_process_vm_writev, getpid(), &iov, 1, &iov, 1, 0);
}

static void duplicates(void)
{
	int fd = MUST(syscall(SYS_openat, AT_FDCWD, "data", O_RDONLY | O_CLOEXEC)), a, b;
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC };

	a = MUST(syscall(SYS_dup, fd));
	MUST(syscall(SYS_dup2, a, a));
	MUST(syscall(SYS_dup2, a, 50));
	MUST(syscall(SYS_dup3, a, 51, O_CLOEXEC));
	syscall(SYS_dup3, a, a, 0);
	b = MUST(syscall(SYS_fcntl, fd, F_DUPFD, 40));
	MUST(syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 60));
	MUST(syscall(SYS_read, 50, page, 11));
	MUST(syscall(SYS_read, 51, page, 12));
	MUST(syscall(SYS_read, b, page, 13));
	MUST(syscall(SYS_read, 60, page, 14));
	MUST(syscall(SYS_close_range, 50, 60, 0));
	syscall(SYS_read, 50, page, 15);
	MUST(syscall(SYS_close, MUST(syscall(SYS_openat2, AT_FDCWD, "data", &how, sizeof(how)))));
	syscall(SYS_openat2, AT_FDCWD, "data", &how, 3);
	syscall(SYS_close, syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, getpid(), 0), fd, 0));
	MUST(syscall(SYS_close, a));
	MUST(syscall(SYS_close, b));
	MUST(syscall(SYS_close, fd));
}

static void names(void)
{
	int dir, fd;
	struct {
		struct file_handle handle;
		char room[128];
	} handle = { .handle.handle_bytes = 128 };
	int mount;

	MUST(syscall(SYS_mkdir, "d", 0755));
	MUST(syscall(SYS_mkdir, "d/e", 0755));
	dir = MUST(syscall(SYS_openat, AT_FDCWD, "d", O_RDONLY));
	MUST(syscall(SYS_mkdirat, dir, "f", 0755));
	MUST(syscall(SYS_symlink, "d", "link"));
	MUST(syscall(SYS_symlinkat, "../data", dir, "up"));
	fd = MUST(syscall(SYS_openat, AT_FDCWD, "link/up", O_RDWR));
	MUST(syscall(SYS_read, fd, page, 21));
	MUST(syscall(SYS_link, "data", "hard"));
	MUST(syscall(SYS_linkat, dir, "up", dir, "g", AT_SYMLINK_FOLLOW));
	MUST(syscall(SYS_rename, "data", "moved"));
	MUST(syscall(SYS_read, fd, page, 22));
	MUST(syscall(SYS_renameat, AT_FDCWD, "moved", dir, "data2"));
	MUST(syscall(SYS_read, fd, page, 23));
	MUST(syscall(SYS_renameat2, dir, "e", dir, "f", 2));		// RENAME_EXCHANGE
	MUST(syscall(SYS_rename, "d", "D"));
	MUST(syscall(SYS_read, fd, page, 24));
	MUST(syscall(SYS_close, fd));
	MUST(syscall(SYS_unlink, "link"));
	MUST(syscall(SYS_symlink, "D", "link"));
	MUST(syscall(SYS_fchdir, dir));
	MUST(syscall(SYS_getcwd, page, 4096));
	MUST(syscall(SYS_access, "data2", R_OK));
	MUST(syscall(SYS_stat, "../hard", page));
	MUST(syscall(SYS_lstat, "up", page));
	syscall(SYS_stat, "missing/./x", page);
	MUST(syscall(SYS_chdir, "../link/e"));
	syscall(SYS_stat, "x", page);
	MUST(syscall(SYS_chdir, "../.."));
	MUST(syscall(SYS_newfstatat, dir, "data2", page, 0));
	MUST(syscall(SYS_newfstatat, dir, "", page, AT_EMPTY_PATH));
	MUST(syscall(SYS_statx, dir, "data2", 0, 0, page));
	MUST(syscall(SYS_statx, AT_FDCWD, "", AT_EMPTY_PATH, 0, page));
	MUST(syscall(SYS_readlink, "link", page, 100));
	MUST(syscall(SYS_readlinkat, dir, "up", page, 2));
	MUST(syscall(SYS_faccessat, dir, "data2", R_OK));
	MUST(syscall(SYS_faccessat2, dir, "data2", R_OK, 0));
	MUST(syscall(SYS_chmod, "hard", 0644));
	MUST(syscall(SYS_fchmodat, dir, "data2", 0644));
	syscall(NR_fchmodat2, dir, "data2", 0644, 0);
	syscall(SYS_chown, "hard", 0, 0);
	syscall(SYS_lchown, "link", 0, 0);
	syscall(SYS_fchownat, dir, "data2", 0, 0, 0);
	MUST(syscall(SYS_utime, "hard", 0));
	MUST(syscall(SYS_utimes, "hard", 0));
	MUST(syscall(SYS_futimesat, dir, "data2", 0));
	MUST(syscall(SYS_utimensat, dir, "data2", 0, 0));
	MUST(syscall(SYS_utimensat, dir, 0, 0, 0));
	MUST(syscall(SYS_truncate, "hard", 7000));
	MUST(syscall(SYS_statfs, ".", page));
	syscall(SYS_ustat, 0, page);
	MUST(syscall(SYS_mknod, "fifo", S_IFIFO | 0600, 0));
	MUST(syscall(SYS_mknodat, dir, "fifo", S_IFIFO | 0600, 0));
	fd = MUST(syscall(SYS_open, "fifo", O_RDWR));
	MUST(syscall(SYS_write, fd, page, 31));
	MUST(syscall(SYS_close, fd));
	MUST(syscall(SYS_getdents, dir, page, sizeof(page)));
	MUST(syscall(SYS_getdents64, dir, page, sizeof(page)));
	syscall(SYS_name_to_handle_at, AT_FDCWD, "hard", &handle, &mount, 0);
	fd = syscall(SYS_open_by_handle_at, dir, &handle, O_RDONLY);
	syscall(SYS_read, fd, page, 32);
	syscall(SYS_close, fd);
	syscall(SYS_setxattr, "hard", "user.x", "value", 5, 0);
	syscall(SYS_lsetxattr, "hard", "user.y", "value", 5, 0);
	syscall(SYS_getxattr, "hard", "user.x", page, 100);
	syscall(SYS_getxattr, "hard", "user.x", page, 0);
	syscall(SYS_lgetxattr, "hard", "user.x", page, 100);
	syscall(SYS_listxattr, "hard", page, 100);
	syscall(SYS_llistxattr, "hard", page, 0);
	fd = MUST(syscall(SYS_open, "hard", O_RDWR));
	syscall(SYS_fsetxattr, fd, "user.z", "value", 5, 0);
	syscall(SYS_fgetxattr, fd, "user.z", page, 100);
	syscall(SYS_flistxattr, fd, page, 100);
	syscall(SYS_fremovexattr, fd, "user.z");
	MUST(syscall(SYS_close, fd));
	syscall(SYS_removexattr, "hard", "user.x");
	syscall(SYS_lremovexattr, "hard", "user.y");
	for (int nr = NR_setxattrat; nr <= NR_removexattrat; nr++)
		syscall(nr, dir, "data2", 0, 0, 0, 0);
	syscall(NR_file_getattr, dir, "data2", 0, 0, 0);
	syscall(NR_file_setattr, dir, "data2", 0, 0, 0);
	fd = syscall(SYS_open, ".", O_RDWR | O_TMPFILE, 0600);
	syscall(SYS_write, fd, page, 33);
	syscall(SYS_close, fd);
	fd = MUST(syscall(SYS_open, "hard", O_RDONLY));
	MUST(syscall(SYS_unlink, "hard"));
	MUST(syscall(SYS_read, fd, page, 34));
	MUST(syscall(SYS_close, fd));
	MUST(syscall(SYS_unlinkat, dir, "g", 0));
	MUST(syscall(SYS_unlinkat, dir, "f", AT_REMOVEDIR));
	MUST(syscall(SYS_rmdir, "D/e"));
	syscall(SYS_rmdir, "D");
	MUST(syscall(SYS_close, dir));
}

static void anonymous(void)
{
	struct {
		int values[64];
	} parameters = {};
	unsigned long context = 0;
	int fd, watch;

	fd = MUST(syscall(SYS_memfd_create, "memory", 0));
	MUST(syscall(SYS_write, fd, page, 41));
	MUST(syscall(SYS_close, fd));
	syscall(SYS_close, syscall(SYS_memfd_secret, 0));
	MUST(syscall(SYS_close, MUST(syscall(SYS_inotify_init))));
	fd = MUST(syscall(SYS_inotify_init1, O_NONBLOCK));
	watch = MUST(syscall(SYS_inotify_add_watch, fd, "D", 0x100));
	syscall(SYS_read, fd, page, 100);
	MUST(syscall(SYS_inotify_rm_watch, fd, watch));
	MUST(syscall(SYS_close, fd));
	fd = syscall(SYS_fanotify_init, 0, O_RDONLY);
	syscall(SYS_fanotify_mark, fd, 1, 0x20, AT_FDCWD, "D");
	syscall(SYS_close, fd);
	fd = syscall(SYS_io_uring_setup, 4, &parameters);
	syscall(SYS_io_uring_enter, fd, 0, 0, 0, 0, 0);
	syscall(SYS_io_uring_register, fd, 0, 0, 0);
	syscall(SYS_close, fd);
	syscall(SYS_io_setup, 1, &context);
	syscall(SYS_io_submit, context, 0, 0);
	syscall(SYS_io_getevents, context, 0, 0, 0, 0);
	syscall(333, context, 0, 0, 0, 0, 0);		// io_pgetevents
	syscall(SYS_io_cancel, context, 0, 0);
	syscall(SYS_io_destroy, context);
}

// Calls that would change the machine: with arguments that they refuse, or inside of a mount namespace of the child.
static void mounts(const char *dir)
{
	int fs, mount, tree, fd;
	pid_t child;

	syscall(SYS_acct, "missing");
	syscall(SYS_swapon, "missing", 0);
	syscall(SYS_swapoff, "missing");
	syscall(SYS_uselib, "missing");
	syscall(SYS_quotactl, 0, "missing", 0, 0);
	syscall(SYS_pivot_root, "missing", "missing2");
	syscall(SYS_syslog, 10, 0, 0);
	syscall(NR_statmount, 0, 0, 0, 0);
	syscall(NR_listmount, 0, 0, 0, 0);
	syscall(SYS_mount_setattr, AT_FDCWD, "missing", 0, 0, 0);
	syscall(SYS_umount2, "missing", 0);
	child = MUST(fork());
	if (!child) {
		MUST(unshare(CLONE_NEWNS));
		MUST(syscall(SYS_mount, "none", "/", 0, MS_REC | MS_PRIVATE, 0));
		MUST(syscall(SYS_mkdir, "m", 0755));
		fs = MUST(syscall(SYS_fsopen, "tmpfs", 0));
		MUST(syscall(SYS_fsconfig, fs, 6, 0, 0, 0));
		mount = MUST(syscall(SYS_fsmount, fs, 0, 0));
		MUST(syscall(SYS_move_mount, mount, "", AT_FDCWD, "m", 4));
		MUST(syscall(SYS_chdir, "m"));
		fd = MUST(syscall(SYS_open, "on-tmpfs", O_RDWR | O_CREAT, 0644));
		MUST(syscall(SYS_write, fd, page, 51));
		MUST(syscall(SYS_close, fd));
		tree = MUST(syscall(SYS_open_tree, AT_FDCWD, ".", 0));
		syscall(NR_open_tree_attr, AT_FDCWD, ".", 0, 0, 0);
		syscall(SYS_newfstatat, tree, "on-tmpfs", page, 0);
		syscall(SYS_close, syscall(SYS_fspick, AT_FDCWD, ".", 0));
		MUST(syscall(SYS_chroot, "."));
		MUST(syscall(SYS_stat, "/on-tmpfs", page));
		fd = MUST(syscall(SYS_open, "/on-tmpfs", O_RDONLY));
		MUST(syscall(SYS_read, fd, page, 20));
		MUST(syscall(SYS_mkdir, "/in", 0755));
		MUST(syscall(SYS_chdir, "/in"));
		syscall(SYS_stat, "missing", page);
		_exit(0);
	}
	wait_for(child);
	MUST(syscall(SYS_chdir, dir));
	MUST(syscall(SYS_rmdir, "m"));
	MUST(syscall(SYS_sync));
}

static void *read_on(void *file)
{
	int fd = (intptr_t)file;

	MUST(syscall(SYS_read, fd, page, 61));
	MUST(unshare(CLONE_FILES | CLONE_FS));
	MUST(syscall(SYS_chdir, "D"));
	MUST(syscall(SYS_stat, "data2", page));
	MUST(syscall(SYS_close, fd));
	return file;
}

// Descriptors and directories that threads, children and programs share, inherit, or get from another process.
static void tasks(void)
{
	int fd = MUST(syscall(SYS_open, "D/data2", O_RDONLY)), ends[2], hidden;
	pthread_t thread;
	pid_t child;
	char control[CMSG_SPACE(sizeof(int))] = {}, kept[16];
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	if (pthread_create(&thread, NULL, read_on, (void *)(intptr_t)fd) || pthread_join(thread, NULL))
		exit(1);
	MUST(syscall(SYS_read, fd, page, 62));
	MUST(syscall(SYS_stat, "D", page));
	child = MUST(fork());
	if (!child) {
		MUST(syscall(SYS_read, fd, page, 63));
		MUST(syscall(SYS_close, fd));
		_exit(0);
	}
	wait_for(child);
	child = MUST(vfork());
	if (!child)
		_exit(0);
	wait_for(child);

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	*head = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	MUST(sendmsg(ends[0], &message, 0));
	MUST(syscall(SYS_close, fd));
	MUST(recvmsg(ends[1], &message, 0));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	MUST(syscall(SYS_read, fd, page, 64));
	MUST(syscall(SYS_write, ends[0], page, 65));
	MUST(syscall(SYS_read, ends[1], page, 66));

	hidden = MUST(syscall(SYS_open, "D/data2", O_RDONLY | O_CLOEXEC));
	MUST(syscall(SYS_dup2, fd, 33));
	snprintf(kept, sizeof(kept), "%d", hidden);
	syscall(SYS_execve, "missing", (char *[]){ "x", 0 }, environ);
	child = MUST(fork());
	if (!child) {
		MUST(syscall(SYS_execveat, AT_FDCWD, program, (char *[]){ program, "again", kept, 0 }, environ, 0));
		_exit(1);
	}
	wait_for(child);
}

// After the exec: descriptor 33 is still open, `hidden` is not.
static void again(const char *hidden)
{
	MUST(syscall(SYS_read, 33, page, 71));
	syscall(SYS_read, atoi(hidden), page, 72);
	MUST(syscall(SYS_stat, "D", page));
}

int main(int argc, char **argv)
{
	MUST(readlink("/proc/self/exe", program, sizeof(program) - 1));
	if (argc == 3 && !strcmp(argv[1], "again")) {
		again(argv[2]);
		return 0;
	}
	if (argc != 2)
		return 2;
	MUST(syscall(SYS_chdir, argv[1]));
	reads_and_writes();
	duplicates();
	names();
	anonymous();
	mounts(argv[1]);
	tasks();
	return 0;
}
