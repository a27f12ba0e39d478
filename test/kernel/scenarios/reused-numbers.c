// Cases 2 and 3: numbers that soon belong to another file.
#include <sys/file.h>
#include "scenarios.h"

#define FILES 64

// Opened before the trace; half of them are read and written, of the others the close is all that is seen.
void reused_by_pipes(void)
{
	int fds[FILES], ends[2];
	char name[8];

	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "f%02d", i);
		create_with(name, 7);
		fds[i] = MUST(open(name, O_RDWR));
	}
	wait_for_start();
	watch("main");
	for (int i = 0; i < FILES; i++) {
		if (i % 2 == 0) {
			read_exactly(fds[i], 100, 7);
			write_exactly(fds[i], i + 1);
		}
		MUST(close(fds[i]));
		MUST(pipe(ends));
		CHECK(ends[0] == fds[i]);
		write_exactly(ends[1], 2);
		read_exactly(fds[i], 100, 2);
	}
}

static int blocked;
static volatile pid_t reader;

static void *read_it(void *_)
{
	reader = gettid();
	watch("reader");
	read_exactly(blocked, 100, 5);
	return _;
}

void closed_while_it_reads(void)
{
	pthread_t thread;
	int other, writer;

	MUST(mkfifo("fifo", 0600));
	writer = MUST(open("fifo", O_RDWR));
	blocked = MUST(open("fifo", O_RDONLY));
	thread = start_thread(read_it, NULL);
	while (!reader)
		usleep(100);
	until_inside(reader, SYS_read);
	watch("main");
	MUST(close(blocked));
	other = MUST(open("other", O_RDWR | O_CREAT, 0644));
	CHECK(other == blocked);
	write_exactly(other, 3);
	write_exactly(writer, 5);
	join(thread);
	MUST(close(other));
}

static void *lock_it(void *_)
{
	reader = gettid();
	watch("locker");
	MUST(flock(blocked, LOCK_EX));
	return _;
}

// The same with a regular file, and dup2 in place of close and open.
void closed_while_it_locks(void)
{
	int holder = create("locked"), other = create("other");
	pthread_t thread;

	MUST(flock(holder, LOCK_EX));
	blocked = MUST(open("locked", O_RDWR));
	thread = start_thread(lock_it, NULL);
	while (!reader)
		usleep(100);
	until_inside(reader, SYS_flock);
	watch("main");
	MUST(dup2(other, blocked));
	write_exactly(blocked, 3);
	MUST(flock(holder, LOCK_UN));
	join(thread);
	MUST(close(blocked));
}
