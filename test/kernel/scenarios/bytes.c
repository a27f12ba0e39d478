// Case 18: bytes are what a call returned, where what it returned is bytes that moved.
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>
#include "scenarios.h"

static void *volatile nowhere = (void *)8;

void bytes_of_reads(void)
{
	struct rlimit limit = { 5000, 5000 };
	char buffer[8192] = {};
	int fd = create("file"), ends[2], full[2], dir;

	MUST(pipe(ends));
	MUST(pipe2(full, O_NONBLOCK));
	MUST(fcntl(full[1], F_SETPIPE_SZ, 4096));
	write_exactly(ends[1], 13);
	signal(SIGXFSZ, SIG_IGN);
	dir = MUST(open(".", O_RDONLY));
	watch("main");
	write_exactly(fd, 1000);
	MUST(lseek(fd, 0, SEEK_SET));
	read_exactly(fd, 4096, 1000); // short
	read_exactly(fd, 4096, 0); // the end
	read_exactly(fd, 0, 0);
	CHECK(MUST(pread(fd, buffer, 100, 950)) == 50);
	CHECK(MUST(pread(fd, buffer, 100, 2000)) == 0);
	FAILS(EINVAL, pread(fd, buffer, 100, -1));
	FAILS(EFAULT, pread(fd, nowhere, 10, 0));
	FAILS(EISDIR, read(dir, buffer, 10));
	FAILS(EBADF, write(dir, buffer, 10));
	read_exactly(ends[0], 100, 13); // short, from a pipe
	CHECK(MUST(write(full[1], buffer, 8192)) == 4096); // a full pipe takes a part
	FAILS(EAGAIN, write(full[1], buffer, 1));
	unwatch();
	MUST(setrlimit(RLIMIT_FSIZE, &limit));
	watch("main");
	CHECK(MUST(pwrite(fd, buffer, 8192, 1000)) == 4000);
	FAILS(EFBIG, pwrite(fd, buffer, 1, 5000));
	CHECK(MUST(pwrite(fd, buffer, 0, 0)) == 0);
}

void bytes_of_vectors(void)
{
	char room[300] = {};
	struct iovec vector[3] = { { room, 10 }, { room + 10, 20 }, { room + 30, 200 } };
	int fd = create("file");

	watch("main");
	CHECK(MUST(writev(fd, vector, 2)) == 30);
	CHECK(MUST(pwritev(fd, vector, 3, 30)) == 230);
	CHECK(MUST(pwritev2(fd, vector, 2, 260, RWF_DSYNC)) == 30);
	CHECK(MUST(pwritev2(fd, vector, 1, 0, RWF_APPEND)) == 10);
	CHECK(MUST(lseek(fd, 0, SEEK_SET)) == 0);
	CHECK(MUST(readv(fd, vector, 3)) == 230);
	CHECK(MUST(readv(fd, vector, 3)) == 70); // short
	CHECK(MUST(readv(fd, vector, 3)) == 0);
	CHECK(MUST(preadv(fd, vector, 2, 290)) == 10);
	CHECK(MUST(preadv2(fd, vector, 1, 100, 0)) == 10);
	CHECK(MUST(preadv2(fd, vector, 1, 1000, 0)) == 0);
	FAILS(EOPNOTSUPP, preadv2(fd, vector, 1, 0, 0x40000000));
	FAILS(EINVAL, syscall(SYS_readv, fd, vector, -1));
}

void bytes_between_files(void)
{
	int from = create("from"), to = create("to"), ends[2], others[2];
	char room[64] = {};
	struct iovec one = { room, 50 };
	loff_t offset = 900, out = 0;
	off_t position = 0;

	MUST(pipe(ends));
	MUST(pipe(others));
	write_exactly(from, 1000);
	MUST(lseek(from, 0, SEEK_SET));
	watch("main");
	// a source has no row: a call on two files folds once, under the one that is written
	CHECK(MUST(sendfile(to, from, &position, 600)) == 600);
	CHECK(MUST(sendfile(to, from, &position, 600)) == 400);
	CHECK(MUST(sendfile(to, from, &position, 600)) == 0);
	CHECK(MUST(splice(from, &offset, ends[1], NULL, 300, 0)) == 100); // from a file: short
	CHECK(MUST(tee(ends[0], others[1], 70, 0)) == 70);
	CHECK(MUST(splice(ends[0], NULL, to, NULL, 100, 0)) == 100);
	CHECK(MUST(splice(others[0], NULL, ends[1], NULL, 30, 0)) == 30);
	CHECK(MUST(vmsplice(ends[1], &one, 1, 0)) == 50);
	read_exactly(ends[0], 100, 80);
	FAILS(EAGAIN, splice(ends[0], NULL, to, NULL, 1, SPLICE_F_NONBLOCK));
	unwatch();
	offset = 500;
	watch("main");
	CHECK(MUST(copy_file_range(from, &offset, to, &out, 1000, 0)) == 500);
	CHECK(MUST(copy_file_range(from, &offset, to, &out, 1000, 0)) == 0);
	FAILS(EINVAL, copy_file_range(from, &offset, to, &out, 10, 77));
	MUST(close(from));
}

static int datagrams[2], streams[2];

static void open_pairs(void)
{
	MUST(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, datagrams));
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, streams));
}

// On sockets of two kinds; all unix sockets have one name, so each kind has its own comm.
void bytes_of_sockets(void)
{
	char room[300] = {};
	struct iovec vector[2] = { { room, 10 }, { room + 10, 20 } };
	struct msghdr message = { .msg_iov = vector, .msg_iovlen = 2 };
	struct mmsghdr many[3] = { { .msg_hdr = message }, { .msg_hdr = message }, { .msg_hdr = message } };

	open_pairs();
	watch("stream");
	CHECK(MUST(send(streams[0], room, 100, 0)) == 100);
	CHECK(MUST(recv(streams[1], room, 300, MSG_PEEK)) == 100);
	CHECK(MUST(recv(streams[1], room, 40, 0)) == 40);
	CHECK(MUST(recvmsg(streams[1], &message, MSG_PEEK)) == 30);
	CHECK(MUST(recvmsg(streams[1], &message, 0)) == 30);
	CHECK(MUST(sendmsg(streams[0], &message, 0)) == 30);
	CHECK(MUST(recvfrom(streams[1], room, 300, 0, NULL, NULL)) == 60);
	FAILS(EAGAIN, recv(streams[1], room, 300, 0));
	MUST(shutdown(streams[0], SHUT_WR));
	CHECK(MUST(recv(streams[1], room, 300, 0)) == 0);
	watch("datagram");
	CHECK(MUST(sendmmsg(datagrams[0], many, 3, 0)) == 3);
	CHECK(MUST(recvmmsg(datagrams[1], many, 3, 0, NULL)) == 3);
	CHECK(MUST(sendto(datagrams[0], room, 200, 0, NULL, 0)) == 200);
	CHECK(MUST(recv(datagrams[1], room, 50, 0)) == 50); // the rest is lost
	CHECK(MUST(send(datagrams[0], room, 0, 0)) == 0);
	CHECK(MUST(recv(datagrams[1], room, 50, 0)) == 0);
}

// With MSG_TRUNC the whole length of a message is returned, however small the buffer.
void bytes_of_cut_messages(void)
{
	char room[300] = {};

	open_pairs();
	watch("main");
	CHECK(MUST(send(datagrams[0], room, 200, 0)) == 200);
	CHECK(MUST(recv(datagrams[1], room, 50, MSG_TRUNC | MSG_PEEK)) == 200);
	CHECK(MUST(recv(datagrams[1], room, 50, MSG_TRUNC)) == 200);
}

void bytes_of_cut_vectors(void)
{
	char room[300] = {};
	struct iovec one = { room, 10 };
	struct msghdr message = { .msg_iov = &one, .msg_iovlen = 1 };

	open_pairs();
	CHECK(MUST(send(datagrams[0], room, 200, 0)) == 200);
	watch("main");
	CHECK(MUST(recvmsg(datagrams[1], &message, MSG_TRUNC)) == 200);
}

void bytes_of_processes(void)
{
	static char there[100], not_there[8192] __attribute__((aligned(4096)));
	char here[8192] = {};
	struct iovec local = { here, sizeof(here) }, remote = { there, sizeof(there) };

	MUST(mprotect(not_there + 4096, 4096, PROT_NONE));
	watch("main");
	CHECK(MUST(process_vm_readv(getpid(), &local, 1, &remote, 1, 0)) == 100);
	local.iov_len = 30;
	CHECK(MUST(process_vm_writev(getpid(), &local, 1, &remote, 1, 0)) == 30);
	local.iov_len = sizeof(here);
	remote = (struct iovec){ not_there + 4000, 4000 };
	CHECK(MUST(process_vm_readv(getpid(), &local, 1, &remote, 1, 0)) == 96); // a part
	remote = (struct iovec){ nowhere, 10 };
	FAILS(EFAULT, process_vm_readv(getpid(), &local, 1, &remote, 1, 0));
	unwatch();
	MUST(mprotect(not_there + 4096, 4096, PROT_READ | PROT_WRITE));
}

void bytes_of_xattrs(void)
{
	char buffer[256];
	int fd = create("file");

	if (setxattr("file", "user.name", "12345", 5, 0))
		cannot("user.* attributes: %s", strerror(errno));
	watch("main");
	CHECK(MUST(getxattr("file", "user.name", NULL, 0)) == 5); // asks for the size
	CHECK(MUST(getxattr("file", "user.name", buffer, 256)) == 5);
	CHECK(MUST(fgetxattr(fd, "user.name", NULL, 0)) == 5);
	CHECK(MUST(fgetxattr(fd, "user.name", buffer, 5)) == 5);
	FAILS(ERANGE, fgetxattr(fd, "user.name", buffer, 4));
	CHECK(MUST(listxattr("file", NULL, 0)) == 10);
	CHECK(MUST(listxattr("file", buffer, 256)) == 10);
}
