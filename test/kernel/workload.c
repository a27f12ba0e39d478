// Workloads with known counts for the kernel tests: workload SCENARIO DIR [N]. Each prints nothing and exits 0; any
// call that does not do what the scenario needs ends it with a message and exit 1, so that a test can't count nonsense.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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

static char program[PATH_MAX];

static void write_exactly(int fd, size_t bytes)
{
	char buffer[4096];

	memset(buffer, 'x', sizeof(buffer));
	if ((size_t)MUST(write(fd, buffer, bytes)) != bytes)
		exit(1);
}

static void read_exactly(int fd, size_t bytes, size_t expected)
{
	char buffer[4096];

	if ((size_t)MUST(read(fd, buffer, bytes)) != expected)
		exit(1);
}

static void wait_for(pid_t child)
{
	int status;

	MUST(waitpid(child, &status, 0));
	if (status)
		exit(1);
}

// ---- counts: 13 opens, 17 writes, 23 reads over known files -------------------------------------------------------

static void *second_thread(void *dir)
{
	int fd;

	prctl(PR_SET_NAME, "second");
	// opens 8..10, writes 9..13, reads 14..19
	for (int i = 0; i < 3; i++) {
		fd = MUST(open("thread.txt", O_RDWR | O_CREAT, 0644));
		if (i == 0)
			for (int j = 0; j < 5; j++)
				write_exactly(fd, 10);
		read_exactly(fd, 7, i == 0 ? 0 : 7);
		read_exactly(fd, 100, i == 0 ? 0 : 43);
		MUST(close(fd));
	}
	return dir;
}

static void counts(const char *dir)
{
	pthread_t thread;
	int a, b, copy, gone;
	pid_t child;

	MUST(chdir(dir));
	MUST(mkdir("sub", 0755));
	// opens 1..4, writes 1..4
	a = MUST(open("a.txt", O_RDWR | O_CREAT, 0644));
	for (int i = 0; i < 3; i++)
		write_exactly(a, 100);
	b = MUST(openat(AT_FDCWD, "./sub/../b.txt", O_RDWR | O_CREAT, 0644));
	write_exactly(b, 1000);
	if (open("missing/file", O_RDONLY) >= 0 || open("missing", O_RDONLY) >= 0)
		exit(1);

	// a duplicate: writes 5..6, reads 1..3
	copy = MUST(dup(a));
	write_exactly(copy, 50);
	MUST(lseek(copy, 0, SEEK_SET));
	read_exactly(copy, 200, 200);
	read_exactly(a, 200, 150);
	read_exactly(copy, 200, 0);
	MUST(close(copy));
	write_exactly(b, 24);

	// deleted while open: open 5, writes 7..8, reads 4..5
	gone = MUST(open("gone.txt", O_RDWR | O_CREAT, 0644));
	write_exactly(gone, 11);
	MUST(unlink("gone.txt"));
	write_exactly(gone, 13);
	MUST(lseek(gone, 0, SEEK_SET));
	read_exactly(gone, 12, 12);
	read_exactly(gone, 100, 12);
	MUST(close(gone));

	// a child that inherits: opens 6..7, reads 6..13
	MUST(lseek(a, 0, SEEK_SET));
	child = MUST(fork());
	if (!child) {
		for (int i = 0; i < 6; i++)
			read_exactly(a, 10, 10);
		for (int i = 0; i < 2; i++) {
			int fd = MUST(open("b.txt", O_RDONLY));

			read_exactly(fd, 500, 500);
			MUST(close(fd));
		}
		_exit(0);
	}
	wait_for(child);

	if (pthread_create(&thread, NULL, second_thread, (void *)dir) || pthread_join(thread, NULL))
		exit(1);

	// an exec: the program goes on below with descriptor b
	child = MUST(fork());
	if (!child) {
		char number[16];

		snprintf(number, sizeof(number), "%d", b);
		execl(program, program, "after-exec", number, NULL);
		_exit(1);
	}
	wait_for(child);
	MUST(close(a));
	MUST(close(b));
}

// opens 11..13, writes 14..17, reads 20..23
static void after_exec(int inherited)
{
	prctl(PR_SET_NAME, "after");
	MUST(lseek(inherited, 0, SEEK_SET));
	for (int i = 0; i < 2; i++)
		write_exactly(inherited, 1);
	for (int i = 0; i < 3; i++) {
		int fd = MUST(open("exec.txt", O_RDWR | O_CREAT, 0644));

		if (i < 2)
			write_exactly(fd, 3);
		else
			for (int j = 0; j < 4; j++)
				read_exactly(fd, 1, j < 3 ? 1 : 0);
		MUST(close(fd));
	}
}

// ---- load ---------------------------------------------------------------------------------------------------------

static void many_files(const char *dir, long count)
{
	char name[64];

	MUST(chdir(dir));
	for (long i = 0; i < count; i++) {
		int fd;

		if (i % 1000 == 0) {
			snprintf(name, sizeof(name), "d%ld", i / 1000);
			MUST(mkdir(name, 0755));
		}
		snprintf(name, sizeof(name), "d%ld/f%ld", i / 1000, i);
		fd = MUST(open(name, O_WRONLY | O_CREAT | O_EXCL, 0644));
		write_exactly(fd, 5);
		MUST(close(fd));
	}
}

static void hammer(const char *dir, long count)
{
	pid_t children[2];

	MUST(chdir(dir));
	close(MUST(open("hammered", O_RDWR | O_CREAT, 0644)));
	for (int cpu = 0; cpu < 2; cpu++) {
		children[cpu] = MUST(fork());
		if (!children[cpu]) {
			cpu_set_t set;
			char byte = 'x';
			int fd;

			CPU_ZERO(&set);
			CPU_SET(cpu, &set);
			MUST(sched_setaffinity(0, sizeof(set), &set));
			fd = MUST(open("hammered", O_RDWR));
			for (long i = 0; i < count; i++)
				MUST(i % 2 ? pwrite(fd, &byte, 1, 0) : lseek(fd, 0, SEEK_SET));
			_exit(0);
		}
	}
	wait_for(children[0]);
	wait_for(children[1]);
}

// ---- names --------------------------------------------------------------------------------------------------------

static void tcp(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = MUST(socket(AF_INET, SOCK_STREAM, 0)), client, server;

	// the port is the test's: it names the frame that is looked for
	address.sin_port = htons(atoi(getenv("IOR_PORT")));
	MUST(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)));
	MUST(bind(listener, (struct sockaddr *)&address, length));
	MUST(listen(listener, 1));
	client = MUST(socket(AF_INET, SOCK_STREAM, 0));
	MUST(fcntl(client, F_GETFL)); // seen before it is connected
	MUST(connect(client, (struct sockaddr *)&address, length));
	server = MUST(accept(listener, NULL, NULL));
	write_exactly(client, 21);
	read_exactly(server, 100, 21);
	MUST(close(client));
	MUST(close(server));
	MUST(close(listener));
}

static void names(const char *dir)
{
	int fds[2], fd, dirfd;

	MUST(chdir(dir));

	// 130 directories, each entered, so that no path argument is long
	for (int i = 0; i < 130; i++) {
		MUST(mkdir("deep", 0755));
		MUST(chdir("deep"));
	}
	fd = MUST(open("bottom", O_RDWR | O_CREAT, 0644));
	write_exactly(fd, 1);
	MUST(close(fd));
	MUST(chdir(dir));

	// 4,000 bytes in 16 components
	for (int i = 0; i < 15; i++) {
		char name[256];

		memset(name, 'l', 250);
		name[250] = 0;
		MUST(mkdir(name, 0755));
		MUST(chdir(name));
	}
	fd = MUST(open("long", O_RDWR | O_CREAT, 0644));
	write_exactly(fd, 2);
	MUST(close(fd));
	MUST(chdir(dir));

	// relative to a directory's descriptor
	MUST(mkdir("base", 0755));
	dirfd = MUST(open("base", O_RDONLY | O_DIRECTORY));
	MUST(mkdirat(dirfd, "../made/", 0755));
	fd = MUST(openat(dirfd, "in-base", O_RDWR | O_CREAT, 0644));
	write_exactly(fd, 3);
	{
		struct stat status;

		MUST(fstatat(fd, "", &status, AT_EMPTY_PATH));
	}
	MUST(close(fd));
	MUST(renameat(dirfd, "in-base", AT_FDCWD, "renamed"));
	MUST(close(dirfd));

	// bytes that are no text
	fd = MUST(open("we;ird\n\xff name 7", O_RDWR | O_CREAT, 0644));
	write_exactly(fd, 4);
	MUST(close(fd));

	// across a mount
	fd = MUST(open("/proc/self/comm", O_RDONLY));
	MUST(close(fd));

	fd = MUST(memfd_create("notes", 0));
	write_exactly(fd, 5);
	MUST(close(fd));

	MUST(pipe(fds));
	write_exactly(fds[1], 6);
	read_exactly(fds[0], 6, 6);
	MUST(close(fds[0]));
	MUST(close(fds[1]));

	fd = MUST(eventfd(1, 0));
	read_exactly(fd, 8, 8);
	MUST(close(fd));

	fd = MUST(open("/dev/zero", O_RDONLY));
	read_exactly(fd, 9, 9);
	MUST(close(fd));

	// no file behind the number
	if (read(987, &fd, 1) >= 0 || errno != EBADF)
		exit(1);
	// anonymous memory has no descriptor and is another family's call
	MUST(munmap((void *)MUST(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)), 4096));
	tcp();
}

// "opened before tracing": one file is open, and closed only when it is told to
static void first_seen_at_close(const char *dir)
{
	int fd;

	MUST(chdir(dir));
	fd = MUST(open("held", O_RDWR | O_CREAT, 0644));
	MUST(unlink("held"));
	fflush(stdout);
	if (getchar() < 0)
		exit(1);
	MUST(close(fd));
}

int main(int argc, char **argv)
{
	const char *scenario = argc > 2 ? argv[1] : "";
	long count = argc > 3 ? atol(argv[3]) : 0;

	MUST(readlink("/proc/self/exe", program, sizeof(program) - 1));
	if (!strcmp(scenario, "counts"))
		counts(argv[2]);
	else if (!strcmp(scenario, "after-exec"))
		after_exec(atoi(argv[2]));
	else if (!strcmp(scenario, "many-files"))
		many_files(argv[2], count);
	else if (!strcmp(scenario, "hammer"))
		hammer(argv[2], count);
	else if (!strcmp(scenario, "names"))
		names(argv[2]);
	else if (!strcmp(scenario, "first-seen-at-close"))
		first_seen_at_close(argv[2]);
	else
		return 2;
	return 0;
}
