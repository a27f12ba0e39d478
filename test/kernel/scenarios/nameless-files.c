// Case 10: what has no path, each with one name from its first call to its last, also through duplicates and children.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include "scenarios.h"

void pipes_and_fifos(void)
{
	int ends[2], others[2], copy, fifo;
	pid_t child;

	watch("main");
	MUST(syscall(SYS_pipe, ends));
	MUST(pipe2(others, O_NONBLOCK));
	write_exactly(ends[1], 1);
	read_exactly(ends[0], 10, 1);
	write_exactly(others[1], 2);
	copy = MUST(dup(others[0]));
	read_exactly(copy, 10, 2);
	FAILS(EAGAIN, read(copy, &child, 1));
	MUST(mkfifo("fifo", 0600));
	fifo = MUST(open("fifo", O_RDWR));
	write_exactly(fifo, 4);
	unwatch();
	if (in_child(&child)) {
		watch("child");
		read_exactly(fifo, 10, 4);
		write_exactly(ends[1], 8);
		_exit(0);
	}
	wait_for(child);
	watch("main");
	read_exactly(ends[0], 10, 8);
	MUST(rename("fifo", "renamed"));
	write_exactly(fifo, 16);
	MUST(close(fifo));
	for (int i = 0; i < 2; i++) {
		MUST(close(ends[i]));
		MUST(close(others[i]));
	}
	MUST(close(copy));
}

void anonymous_inodes(void)
{
	struct itimerspec soon = { .it_value.tv_nsec = 1 };
	struct epoll_event event = { .events = EPOLLIN };
	int epoll, events, another, timer, watches, signals, memory, pid, copy;
	char buffer[4096];
	sigset_t set;
	pid_t child;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL));
	watch("main");
	epoll = MUST(epoll_create1(0));
	events = MUST(eventfd(1, 0));
	another = MUST(eventfd(2, 0));
	timer = MUST(timerfd_create(CLOCK_MONOTONIC, 0));
	watches = MUST(inotify_init1(IN_NONBLOCK));
	signals = MUST(signalfd(-1, &set, 0));
	memory = MUST(memfd_create("memory", 0));
	pid = MUST(syscall(SYS_pidfd_open, getpid(), 0));

	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, events, &event));
	CHECK(MUST(epoll_wait(epoll, &event, 1, 1000)) == 1);
	read_exactly(events, 8, 8);
	read_exactly(another, 8, 8);
	MUST(timerfd_settime(timer, 0, &soon, NULL));
	read_exactly(timer, 8, 8);
	MUST(inotify_add_watch(watches, ".", IN_CREATE));
	MUST(mkdir("seen", 0755));
	CHECK(MUST(read(watches, buffer, sizeof(buffer))) == 32);
	MUST(kill(getpid(), SIGUSR1));
	read_exactly(signals, sizeof(struct signalfd_siginfo), sizeof(struct signalfd_siginfo));
	write_exactly(memory, 11);
	MUST(syscall(SYS_pidfd_send_signal, pid, 0, NULL, 0));
	// through a duplicate and in a child
	copy = MUST(dup(events));
	CHECK(MUST(write(copy, &(long){ 3 }, 8)) == 8);
	MUST(close(copy));
	unwatch();
	if (in_child(&child)) {
		watch("child");
		read_exactly(events, 8, 8);
		write_exactly(memory, 13);
		MUST(fcntl(timer, F_GETFL));
		MUST(fcntl(pid, F_GETFL));
		MUST(fcntl(epoll, F_GETFL));
		MUST(fcntl(watches, F_GETFL));
		_exit(0);
	}
	wait_for(child);
	watch("main");
	for (int fd = epoll; fd <= pid; fd++)
		MUST(close(fd));
}

void unix_sockets(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int ends[2], listener, client, server;

	strcpy(address.sun_path, "socket");
	watch("main");
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	write_exactly(ends[0], 1);
	read_exactly(ends[1], 10, 1);
	listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(listener, (struct sockaddr *)&address, sizeof(address)));
	MUST(listen(listener, 1));
	client = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(connect(client, (struct sockaddr *)&address, sizeof(address)));
	server = MUST(accept(listener, NULL, NULL));
	CHECK(MUST(send(client, "ab", 2, 0)) == 2);
	read_exactly(server, 10, 2);
	MUST(access("socket", F_OK));
	for (int i = 0; i < 2; i++)
		MUST(close(ends[i]));
	MUST(close(client));
	MUST(close(server));
	MUST(close(listener));
}

// The port is the kernel's choice, and reported before the calls are watched that it names.
void tcp_sockets(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = MUST(socket(AF_INET, SOCK_STREAM, 0)), early, late, server[2], copy;
	struct pollfd pollfd;
	pid_t child;

	MUST(bind(listener, (struct sockaddr *)&address, length));
	MUST(listen(listener, 2));
	MUST(getsockname(listener, (struct sockaddr *)&address, &length));
	report("port", "%d", ntohs(address.sin_port));
	// connected before it is seen
	early = MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(connect(early, (struct sockaddr *)&address, length));
	watch("main");
	server[0] = MUST(accept(listener, NULL, NULL));
	write_exactly(early, 1);
	read_exactly(server[0], 10, 1);
	// seen before it is connected
	late = MUST(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
	MUST(fcntl(late, F_GETFL));
	FAILS(EINPROGRESS, connect(late, (struct sockaddr *)&address, length));
	server[1] = MUST(accept4(listener, NULL, NULL, 0));
	pollfd = (struct pollfd){ .fd = late, .events = POLLOUT };
	CHECK(MUST(poll(&pollfd, 1, 1000)) == 1);
	CHECK(MUST(send(late, "ab", 2, 0)) == 2);
	read_exactly(server[1], 10, 2);
	copy = MUST(dup(server[1]));
	write_exactly(copy, 4);
	unwatch();
	if (in_child(&child)) {
		watch("child");
		read_exactly(late, 10, 4);
		_exit(0);
	}
	wait_for(child);
	watch("main");
	// after the peer has gone
	MUST(close(copy));
	MUST(shutdown(server[1], SHUT_RDWR));
	MUST(close(server[1]));
	read_exactly(late, 10, 0);
	MUST(close(late));
	MUST(close(early));
	MUST(close(server[0]));
	MUST(close(listener));
}

// A port on which nobody listens: the socket gets no peer.
void tcp_refused(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int taken = MUST(socket(AF_INET, SOCK_STREAM, 0)), client = MUST(socket(AF_INET, SOCK_STREAM, 0));

	MUST(bind(taken, (struct sockaddr *)&address, length));
	MUST(getsockname(taken, (struct sockaddr *)&address, &length));
	watch("main");
	FAILS(ECONNREFUSED, connect(client, (struct sockaddr *)&address, length));
	MUST(close(client));
}

void udp_sockets(void)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t length = sizeof(address);
	int receiver = socket(AF_INET6, SOCK_DGRAM, 0), sender;

	if (receiver < 0 || bind(receiver, (struct sockaddr *)&address, length))
		cannot("no IPv6 on the loopback");
	MUST(getsockname(receiver, (struct sockaddr *)&address, &length));
	report("port", "%d", ntohs(address.sin6_port));
	watch("main");
	sender = MUST(socket(AF_INET6, SOCK_DGRAM, 0));
	MUST(connect(sender, (struct sockaddr *)&address, length));
	write_exactly(sender, 3);
	read_exactly(receiver, 10, 3);
	MUST(close(sender));
	MUST(close(receiver));
}
