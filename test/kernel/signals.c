// Calls that signals interrupt: signals SCENARIO. A child sends the signals and the bytes, at times that leave no doubt
// which comes first. Each scenario checks what its calls return, so that a test cannot count something else.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MUST(condition)                                                                 \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, strerror(errno)); \
			exit(1);                                                        \
		}                                                                       \
	} while (0)

static int ends[2], other[2];
static int handled;
static sigjmp_buf back;

static void pause_ms(long ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&time, &time))
		;
}

static void note(int number)
{
	handled += number > 0;
}

static void reads_itself(int number)
{
	char letters[3];

	handled += number > 0;
	MUST(read(other[0], letters, 3) == 3);
}

static void jumps(int number)
{
	handled += number > 0;
	siglongjmp(back, 1);
}

static void on_signal(void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	MUST(!sigaction(SIGUSR1, &action, NULL));
}

/* Returns when the process sleeps or is stopped: on a slow machine 60 ms are not enough for it to have come to its call. */
static void until_at_rest(pid_t pid)
{
	char path[32], state = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	do {
		FILE *file;

		pause_ms(60);
		MUST(file = fopen(path, "r"));
		MUST(fscanf(file, "%*d %*s %c", &state) == 1);
		fclose(file);
	} while (state != 'S' && state != 'T');
}

/* A child that sends each signal after 60 ms, and a byte 60 ms after the last. */
static pid_t sender(const int *signals)
{
	pid_t parent = getpid(), child = fork();

	MUST(child >= 0);
	if (child)
		return child;
	for (; *signals; signals++) {
		until_at_rest(parent);
		kill(parent, *signals);
	}
	until_at_rest(parent);
	MUST(write(ends[1], "x", 1) == 1);
	_exit(0);
}

static void finish(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		MUST(errno == EINTR);
	MUST(!status);
}

int main(int argc, char **argv)
{
	const char *scenario = argc > 1 ? argv[1] : "";
	char letter, letters[3];
	pid_t child;

	MUST(!pipe(ends) && !pipe(other));
	if (!strcmp(scenario, "restart")) {
		on_signal(note, SA_RESTART);
		child = sender((int[]){ SIGUSR1, SIGUSR1, 0 });
		MUST(read(ends[0], &letter, 1) == 1 && handled == 2);
	} else if (!strcmp(scenario, "retry")) {
		on_signal(note, 0);
		child = sender((int[]){ SIGUSR1, 0 });
		MUST(read(ends[0], &letter, 1) == -1 && errno == EINTR);
		MUST(read(ends[0], &letter, 1) == 1 && handled == 1);
	} else if (!strcmp(scenario, "stop")) {
		child = sender((int[]){ SIGSTOP, SIGCONT, 0 });
		MUST(read(ends[0], &letter, 1) == 1);
	} else if (!strcmp(scenario, "sleep")) {
		struct timespec time = { 0, 200000000 };

		child = sender((int[]){ SIGSTOP, SIGCONT, 0 });
		MUST(!nanosleep(&time, NULL));
	} else if (!strcmp(scenario, "handler-reads")) {
		on_signal(reads_itself, SA_RESTART);
		MUST(write(other[1], "abc", 3) == 3);
		child = sender((int[]){ SIGUSR1, 0 });
		MUST(read(ends[0], &letter, 1) == 1 && handled == 1);
	} else if (!strcmp(scenario, "jump")) {
		on_signal(jumps, SA_RESTART);
		child = sender((int[]){ SIGUSR1, 0 });
		if (!sigsetjmp(back, 1))
			MUST(read(ends[0], &letter, 1) == 99);
		MUST(handled == 1);
		MUST(write(other[1], "abc", 3) == 3);
		MUST(read(other[0], letters, 3) == 3);
		finish(child);
		return 0;
	} else if (!strcmp(scenario, "poll")) {
		struct pollfd fd = { ends[0], POLLIN, 0 };

		on_signal(note, SA_RESTART);
		child = sender((int[]){ SIGUSR1, 0 });
		MUST(poll(&fd, 1, -1) == -1 && errno == EINTR && handled == 1);
	} else if (!strcmp(scenario, "killed")) {
		child = fork();
		MUST(child >= 0);
		if (!child) {
			read(ends[0], &letter, 1);
			_exit(1);
		}
		until_at_rest(child);
		MUST(!kill(child, SIGKILL));
		MUST(waitpid(child, NULL, 0) == child);
		return 0;
	} else {
		return 2;
	}
	finish(child);
	return 0;
}
