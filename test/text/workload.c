/*
 * What the fixtures of test/text are traces of: one small program that makes each kind of line that strace and perf
 * trace write. Run in an empty directory; a first argument chooses one part. See make-fixtures.sh.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void touch(const char *name, const char *text)
{
	int fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC, 0644);

	write(fd, text, strlen(text));
	close(fd);
}

static void files(void)
{
	char buf[256];
	int fd, copy;

	touch("plain.txt", "hello\n");
	touch("a<b>\"c\"\\d;e, f).txt", "x\x01\xff\x7fy");
	touch("tab\tnew\nline\x80\303\251", "1");
	touch("arrow-", "12");
	fd = open("plain.txt", O_RDONLY);
	read(fd, buf, 3);
	read(fd, buf, sizeof(buf));
	read(fd, buf, sizeof(buf));
	copy = dup(fd);
	dup2(fd, 20);
	dup3(fd, 21, O_CLOEXEC);
	copy = fcntl(fd, F_DUPFD, 30);
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 40);
	fcntl(copy, F_SETFL, O_APPEND | O_NONBLOCK);
	syscall(SYS_close_range, 20, 21, 0);
	close(77);
	close(fd);
	open("missing", O_RDONLY);
	openat(AT_FDCWD, (const char *)8, O_RDONLY);
	mkdir("dir", 0755);
	fd = open("dir", O_RDONLY | O_DIRECTORY);
	copy = openat(fd, "inner", O_CREAT | O_WRONLY, 0600);
	write(copy, "inner", 5);
	unlinkat(fd, "inner", 0);
	write(copy, "gone", 4);
	close(copy);
	close(fd);
	rename("arrow-", "arrow2");
	chdir("dir");
	chdir("..");
	fd = memfd_create("mem", MFD_CLOEXEC);
	write(fd, "m", 1);
	mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	fd = eventfd(0, EFD_NONBLOCK);
	read(fd, buf, 8);
	close(fd);
	fd = open("/dev/null", O_WRONLY);
	write(fd, "null", 4);
	close(fd);
	fd = open(".", O_TMPFILE | O_RDWR, 0600);
	write(fd, "t", 1);
	close(fd);
}

static void sockets(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t length = sizeof(address);
	int pair[2], listener, client, server;
	char buf[16], control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { .iov_base = buf, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	pipe2(pair, O_CLOEXEC);
	write(pair[1], "pp", 2);
	read(pair[0], buf, 2);
	close(pair[1]);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &pair[0], sizeof(int));
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	sendmsg(pair[0], &message, 0);
	recvmsg(pair[1], &message, MSG_CMSG_CLOEXEC);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
	bind(listener, (void *)&address, length);
	listen(listener, 1);
	getsockname(listener, (void *)&address, &length);
	client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	connect(client, (void *)&address, length);
	server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	send(server, "abc", 3, 0);
	recv(client, buf, 1, MSG_PEEK);
	recv(client, buf, 3, 0);
	close(server);
	close(client);
	close(listener);
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* A read that a signal restarts, one that it ends, and a sleep that goes on as restart_syscall. */
static void signals(void)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
	struct timespec pause = { .tv_nsec = 60000000 };
	int ends[2];
	char c;

	pipe(ends);
	if (fork() == 0) {
		usleep(20000);
		kill(getppid(), SIGALRM);
		usleep(20000);
		write(ends[1], "r", 1);
		usleep(20000);
		kill(getppid(), SIGUSR1);
		_exit(3);
	}
	sigaction(SIGALRM, &action, NULL);
	action.sa_flags = 0;
	sigaction(SIGUSR1, &action, NULL);
	read(ends[0], &c, 1);
	read(ends[0], &c, 1);
	wait(NULL);
	if (fork() == 0) {
		usleep(20000);
		kill(getppid(), SIGSTOP);
		usleep(20000);
		kill(getppid(), SIGCONT);
		_exit(0);
	}
	syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, NULL);
	wait(NULL);
}

static void *second(void *name)
{
	struct timespec pause = { .tv_nsec = 5000000 };

	prctl(PR_SET_NAME, name);
	nanosleep(&pause, NULL);
	touch("plain.txt", "thread\n");
	return NULL;
}

static void threads(void)
{
	pthread_t thread, other;

	pthread_create(&thread, NULL, second, "odd <na>me");
	pthread_create(&other, NULL, second, "quote\"\n\\");
	pthread_join(thread, NULL);
	pthread_join(other, NULL);
}

/* Into the terminal that strace writes to as well. */
static void output(void)
{
	write(1, "some text\n", 10);
	write(1, "of the program\nin two lines\n", 28);
}

static void *replace(void *unused)
{
	(void)unused;
	execl("/srv/fixture/child", "child", (char *)NULL);
	return NULL;
}

static void processes(void)
{
	pthread_t thread;
	int fd = open("plain.txt", O_RDONLY), status;
	char c;

	if (vfork() == 0) {
		execl("/srv/fixture/child", "child", (char *)NULL);
		_exit(127);
	}
	wait(&status);
	if (fork() == 0) {
		read(fd, &c, 1);
		kill(getpid(), SIGKILL);
	}
	wait(&status);
	/* exec from a thread that is not the leader */
	if (fork() == 0) {
		pthread_create(&thread, NULL, replace, NULL);
		pause();
	}
	wait(&status);
	execl("/nonexistent", "nonexistent", (char *)NULL);
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";

	if (strchr(part, 'f'))
		files();
	if (strchr(part, 'n'))
		sockets();
	if (strchr(part, 's'))
		signals();
	if (strchr(part, 't'))
		threads();
	if (strchr(part, 'o'))
		output();
	if (strchr(part, 'p'))
		processes();
	return 0;
}
