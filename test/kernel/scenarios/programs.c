// Cases 13, 14, 15 and 17: under which name a call stands when threads are short-lived, renamed, become other programs,
// or bear a number that another process had.
#include <linux/sched.h>
#include <signal.h>
#include "scenarios.h"

#define THREADS 40

static int shared;
static pthread_barrier_t all_there;

// Numbers the thread: it reads that many bytes, under a comm of its own.
static void *four_preads(void *number)
{
	char name[32], buffer[64];
	long n = (long)number;

	if (n > 0) {
		snprintf(name, sizeof(name), "t%ld", n);
		watch(name);
	} else {
		n = 64;
	}
	for (int i = 0; i < 4; i++)
		CHECK(MUST(pread(shared, buffer, n, i)) == n);
	return NULL;
}

// 40 at once, 40 one after another, each for four preads: under their own names.
void forty_threads(void)
{
	pthread_t threads[THREADS];

	create_with("file", 100);
	create_with("other", 100);
	shared = MUST(open("file", O_RDONLY));
	for (long i = 0; i < THREADS; i++)
		threads[i] = start_thread(four_preads, (void *)(i + 1));
	for (long i = 0; i < THREADS; i++)
		join(threads[i]);
	MUST(dup2(MUST(open("other", O_RDONLY)), shared));
	for (long i = 0; i < THREADS; i++)
		join(start_thread(four_preads, (void *)(i + 1)));
}

// And under the name of the one that made them.
void forty_of_one_name(void)
{
	pthread_t threads[THREADS];

	create_with("file", 100);
	shared = MUST(open("file", O_RDONLY));
	watch("heir");
	for (long i = 0; i < THREADS; i++)
		threads[i] = start_thread(four_preads, NULL);
	for (long i = 0; i < THREADS; i++)
		join(threads[i]);
}

void renamed_by_prctl(void)
{
	int fd = create("file");

	for (int round = 0; round < 3; round++) {
		watch("one");
		write_exactly(fd, 1);
		watch("two");
		write_exactly(fd, 2);
		watch("fifteen-bytes-"); // the 15 that fit, with the mark
		write_exactly(fd, 4);
	}
}

static void write_comm(int fd, const char *name)
{
	CHECK((size_t)MUST(write(fd, name, strlen(name))) == strlen(name));
}

// The call that renames its own caller is over when the name has changed.
void renamed_through_proc(void)
{
	int fd = create("file"), comm = MUST(open("/proc/self/comm", O_RDWR));

	report("comm", "/proc/%d/comm", getpid());
	watch("before");
	write_exactly(fd, 1);
	write_comm(comm, "=after");
	write_exactly(fd, 2);
	unwatch();
}

static int comm_of(pid_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", tid);
	return MUST(open(path, O_RDWR));
}

static pid_t sibling_tid;

static void *writes_twice(void *fd)
{
	sibling_tid = gettid();
	watch("before");
	write_exactly((long)fd, 1);
	pthread_barrier_wait(&all_there);
	pthread_barrier_wait(&all_there);
	write_exactly((long)fd, 2);
	return NULL;
}

void renamed_by_a_sibling(void)
{
	long fd = create("file");
	pthread_t thread;

	CHECK(!pthread_barrier_init(&all_there, NULL, 2));
	thread = start_thread(writes_twice, (void *)fd);
	pthread_barrier_wait(&all_there);
	write_comm(comm_of(sibling_tid), "=after");
	write_exactly(fd, 4); // not renamed itself
	pthread_barrier_wait(&all_there);
	join(thread);
}

static void *opens_fifo(void *unused)
{
	sibling_tid = gettid();
	watch("before");
	MUST(access("file", F_OK));
	pthread_barrier_wait(&all_there);
	MUST(close(MUST(open("fifo", O_RDONLY))));
	return unused;
}

void renamed_while_it_opens(void)
{
	pthread_t thread;

	MUST(mkfifo("fifo", 0600));
	create_with("file", 1);
	CHECK(!pthread_barrier_init(&all_there, NULL, 2));
	thread = start_thread(opens_fifo, NULL);
	pthread_barrier_wait(&all_there);
	until_inside(sibling_tid, SYS_openat);
	write_comm(comm_of(sibling_tid), "=after");
	MUST(open("fifo", O_WRONLY));
	join(thread);
}

// This program under a name that is watched, for one write.
static void link_program(const char *name)
{
	char program[PATH_MAX] = "";

	MUST(readlink("/proc/self/exe", program, sizeof(program) - 1));
	MUST(symlink(program, name));
}

void fork_and_exec(void)
{
	int fd = create("file");
	pid_t child;

	link_program("=new");
	watch("old");
	if (in_child(&child)) {
		write_exactly(fd, 1);
		FAILS(ENOENT, execl("=missing", "=missing", NULL));
		write_exactly(fd, 2);
		execl("=new", "scenarios", "write", "written", "7", NULL);
		_exit(1);
	}
	write_exactly(fd, 4);
	wait_for(child);
}

// One after another in one process.
void exec_chain(void)
{
	pid_t child;

	link_program("=second");
	link_program("=third");
	if (in_child(&child)) {
		watch("first");
		MUST(access("=second", X_OK));
		execl("=second", "scenarios", "write", "written", "1", "=third", "scenarios", "write", "written", "2", NULL);
		_exit(1);
	}
	wait_for(child);
}

static void *becomes_another(void *fd)
{
	unwatch();
	until_inside(getpid(), SYS_read);
	watch("thread");
	write_exactly((long)fd, 1);
	execl("=next", "scenarios", "write", "written", "7", NULL);
	_exit(1);
}

// The thread takes over the leader's number; the leader ends inside of its read.
void exec_from_a_thread(void)
{
	long fd = create("file");
	int ends[2];
	pid_t child;

	link_program("=next");
	MUST(pipe(ends));
	if (in_child(&child)) {
		char byte;

		report("pid", "%d", getpid());
		watch("leader");
		write_exactly(fd, 2);
		start_thread(becomes_another, (void *)fd);
		read(ends[0], &byte, 1);
		_exit(1);
	}
	wait_for(child);
}

static pid_t child_with_number(pid_t pid)
{
	struct clone_args arguments = { .exit_signal = SIGCHLD, .set_tid = (unsigned long)&pid, .set_tid_size = 1 };

	return syscall(SYS_clone3, &arguments, sizeof(arguments));
}

// 20 processes of one number, each with its own file on one descriptor; every other is killed inside of a read.
void reused_pid(void)
{
	int ends[2], status;
	pid_t pid, child;

	MUST(pipe(ends));
	MUST(mkdir("even", 0755));
	MUST(mkdir("odd", 0755));
	if (in_child(&pid))
		_exit(0);
	wait_for(pid);
	for (int round = 0; round < 20; round++) {
		child = child_with_number(pid);
		if (child < 0 && (errno == EPERM || errno == ENOSYS || errno == EINVAL || errno == EEXIST))
			cannot("clone3 gives no process the number of another: %s", strerror(errno));
		if (!MUST(child)) {
			char name[32];
			int fd;

			CHECK(syscall(SYS_getpid) == pid);
			snprintf(name, sizeof(name), "round%d", round);
			MUST(chdir(round % 2 ? "odd" : "even"));
			watch(name);
			fd = create(name);
			CHECK(fd == ends[1] + 1);
			write_exactly(fd, round + 1);
			if (round % 2)
				read(ends[0], name, 1);
			_exit(0);
		}
		CHECK(child == pid);
		if (round % 2) {
			char path[64], line[64];

			// inside of the read
			snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
			do {
				FILE *file = fopen(path, "r");

				usleep(1000);
				CHECK(file && fgets(line, sizeof(line), file));
				fclose(file);
			} while (strncmp(line, "0 ", 2));
			MUST(kill(pid, SIGKILL));
			MUST(waitpid(pid, &status, 0));
			CHECK(WIFSIGNALED(status));
		} else {
			MUST(waitpid(pid, &status, 0));
			CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
		}
	}
	report("pid", "%d", pid);
}
