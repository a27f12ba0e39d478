// Case 5: descriptors that a task did not open itself.
#include "scenarios.h"

void inherited(void)
{
	int a = create("a"), b = create("b");
	pid_t child, grandchild;

	if (in_child(&child)) {
		if (in_child(&grandchild)) {
			watch("grandchild");
			write_exactly(a, 1);
			write_exactly(b, 2);
			MUST(close(b));
			CHECK(MUST(open("c", O_RDWR | O_CREAT, 0644)) == b);
			write_exactly(b, 4);
			_exit(0);
		}
		wait_for(grandchild);
		watch("child");
		write_exactly(a, 8);
		write_exactly(b, 16);
		_exit(0);
	}
	wait_for(child);
	watch("main");
	write_exactly(a, 32);
	write_exactly(b, 64);
}

static void send_descriptor(int socket, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec one = { "x", 1 };
	struct msghdr message = { .msg_iov = &one, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	MUST(sendmsg(socket, &message, 0));
}

static int receive_descriptor(int socket)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec one = { &byte, 1 };
	struct msghdr message = { .msg_iov = &one, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd;

	MUST(recvmsg(socket, &message, 0));
	CHECK(message.msg_controllen >= CMSG_LEN(sizeof(int)) && control.header.cmsg_type == SCM_RIGHTS);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

// The receiver has the file on a number on which the sender has another one.
void passed_over_a_socket(void)
{
	int ends[2], passed, other;
	pid_t child;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	if (in_child(&child)) {
		int fd = receive_descriptor(ends[1]);

		watch("child");
		write_exactly(fd, 1);
		write_exactly(fd, 2);
		MUST(close(fd));
		CHECK(MUST(open("own", O_RDWR | O_CREAT, 0644)) == fd);
		write_exactly(fd, 4);
		_exit(0);
	}
	other = create("other");
	passed = create("passed");
	watch("main");
	write_exactly(passed, 8);
	write_exactly(other, 16);
	send_descriptor(ends[0], passed);
	MUST(close(passed));
	unwatch();
	wait_for(child);
	CHECK(MUST(lseek(other, 0, SEEK_CUR)) == 16);
}

void taken_with_pidfd(void)
{
	int ends[2], fd = create("taken"), own, pidfd, got;
	pid_t child;

	MUST(pipe(ends));
	if (in_child(&child)) {
		MUST(close(ends[1]));
		read_exactly(ends[0], 1, 0); // until the parent has ended
		_exit(0);
	}
	MUST(close(fd));
	own = MUST(open("own", O_RDWR | O_CREAT, 0644));
	CHECK(own == fd);
	pidfd = MUST(syscall(SYS_pidfd_open, child, 0));
	watch("main");
	got = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	if (got < 0)
		cannot("pidfd_getfd: %s", strerror(errno));
	write_exactly(got, 1);
	write_exactly(own, 2);
	FAILS(EBADF, syscall(SYS_pidfd_getfd, pidfd, 999, 0));
	MUST(close(got));
	unwatch();
	MUST(close(ends[1]));
	wait_for(child);
}

// A process with the same table: what one opens the other has.
void clone_files(void)
{
	int a = create("a"), b;
	pid_t child = MUST(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));

	if (!child) {
		watch("child");
		MUST(close(a));
		b = MUST(open("b", O_RDWR | O_CREAT, 0644));
		CHECK(b == a);
		write_exactly(b, 1);
		_exit(0);
	}
	wait_for(child);
	watch("main");
	write_exactly(a, 2);
	MUST(close(a));
}

static pthread_barrier_t barrier;
static int shared;

static void *with_own_table(void *_)
{
	MUST(unshare(CLONE_FILES));
	watch("second");
	MUST(close(shared));
	CHECK(MUST(open("own", O_RDWR | O_CREAT, 0644)) == shared);
	for (int i = 0; i < 100; i++) {
		pthread_barrier_wait(&barrier);
		write_exactly(shared, 1);
	}
	return _;
}

void unshared_tables(void)
{
	pthread_t thread;

	shared = create("shared");
	CHECK(!pthread_barrier_init(&barrier, NULL, 2));
	thread = start_thread(with_own_table, NULL);
	watch("main");
	for (int i = 0; i < 100; i++) {
		pthread_barrier_wait(&barrier);
		write_exactly(shared, 2);
	}
	MUST(close(shared));
	join(thread);
}
