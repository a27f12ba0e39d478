// Case 4: every way to a second number for a file. Writes are powers of two, so that a sum tells which went where.
#include <sys/resource.h>
#include "scenarios.h"

void duplicates(void)
{
	int a = create("a"), b = create("b"), c = create("c"), copy;

	watch("main");
	copy = MUST(dup(a));
	write_exactly(copy, 1);
	MUST(close(copy));
	MUST(dup2(a, a));
	write_exactly(a, 2);
	MUST(dup2(a, c)); // closes c
	write_exactly(c, 4);
	MUST(close(c));
	MUST(dup3(b, 50, O_CLOEXEC));
	write_exactly(50, 8);
	MUST(dup3(a, 50, 0));
	write_exactly(50, 16);
	MUST(close(50));
	copy = MUST(fcntl(b, F_DUPFD, 60));
	CHECK(copy == 60);
	write_exactly(copy, 32);
	MUST(close(copy));
	copy = MUST(fcntl(b, F_DUPFD_CLOEXEC, 60));
	write_exactly(copy, 64);
	MUST(close(copy));
	// the number of a closed duplicate is free for another file
	copy = MUST(dup(b));
	MUST(close(copy));
	CHECK(MUST(open("d", O_RDWR | O_CREAT, 0644)) == copy);
	write_exactly(copy, 128);
}

void failed_duplicates(void)
{
	int a = create("a"), b = create("b");
	struct rlimit limit = { 256, 256 };

	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	watch("main");
	FAILS(EBADF, dup(200));
	FAILS(EBADF, dup2(200, b));
	write_exactly(b, 1); // it still has its file
	FAILS(EBADF, dup2(a, 300));
	FAILS(EBADF, dup3(200, b, 0));
	FAILS(EINVAL, dup3(a, a, 0));
	FAILS(EINVAL, fcntl(a, F_DUPFD, 300));
	FAILS(EBADF, fcntl(200, F_DUPFD, 0));
	unwatch();
	limit.rlim_cur = b + 1;
	MUST(setrlimit(RLIMIT_NOFILE, &limit));
	watch("main");
	FAILS(EMFILE, dup(a));
	write_exactly(a, 2);
	write_exactly(b, 4);
}

// Four files on numbers in a row.
static int four(void)
{
	int first = create("f0");

	for (int i = 1; i < 4; i++) {
		char name[4];

		snprintf(name, sizeof(name), "f%d", i);
		CHECK(create(name) == first + i);
	}
	return first;
}

void close_range_bounded(void)
{
	int first = four();

	watch("main");
	for (int i = 0; i < 4; i++)
		write_exactly(first + i, 1 << i);
	MUST(syscall(SYS_close_range, first + 1, first + 2, 0));
	FAILS(EBADF, write(first + 1, "x", 1));
	CHECK(MUST(open("new", O_RDWR | O_CREAT, 0644)) == first + 1);
	for (int i = 0; i < 4; i++)
		if (i != 2)
			write_exactly(first + i, 16 << i);
	FAILS(EINVAL, syscall(SYS_close_range, first + 3, first, 0));
	write_exactly(first + 3, 1024);
}

void close_range_cloexec(void)
{
	int first = four();
	char number[8];

	snprintf(number, sizeof(number), "%d", first);
	watch("main");
	MUST(syscall(SYS_close_range, first + 1, first + 2, CLOSE_RANGE_CLOEXEC));
	for (int i = 0; i < 4; i++)
		write_exactly(first + i, 1 << i);
	unwatch();
	exec_scenario("after_cloexec", number);
}

void after_cloexec(void)
{
	int first = atoi(argument);

	watch("after");
	write_exactly(first, 1);
	FAILS(EBADF, write(first + 1, "x", 1));
	CHECK(MUST(open("new", O_RDWR | O_CREAT, 0644)) == first + 1);
	write_exactly(first + 1, 2);
	write_exactly(first + 3, 4);
}

static int first_of_four;
static pthread_barrier_t barrier;

static void *close_own_range(void *_)
{
	watch("second");
	MUST(syscall(SYS_close_range, first_of_four + 1, ~0U, CLOSE_RANGE_UNSHARE));
	CHECK(MUST(open("new", O_RDWR | O_CREAT, 0644)) == first_of_four + 1);
	pthread_barrier_wait(&barrier);
	write_exactly(first_of_four, 1);
	write_exactly(first_of_four + 1, 2);
	FAILS(EBADF, write(first_of_four + 2, "x", 1));
	pthread_barrier_wait(&barrier);
	return _;
}

void close_range_unshare(void)
{
	pthread_t thread;

	first_of_four = four();
	CHECK(!pthread_barrier_init(&barrier, NULL, 2));
	thread = start_thread(close_own_range, NULL);
	watch("main");
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 4; i++)
		write_exactly(first_of_four + i, 16 << i);
	pthread_barrier_wait(&barrier);
	join(thread);
}
