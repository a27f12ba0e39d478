// Threads that sit in calls before a trace begins: blocked DIR. One reads from a pipe, one opens DIR/fifo, one waits for
// the lock on DIR/lock. At a line on standard input everything goes on to its end, and main and a child open a file each.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(condition)                                                                 \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, strerror(errno)); \
			exit(1);                                                        \
		}                                                                       \
	} while (0)

static int ends[2];

static void *reader(void *unused)
{
	char letter;

	prctl(PR_SET_NAME, "reader");
	MUST(read(ends[0], &letter, 1) == 1);
	return unused;
}

static void *opener(void *unused)
{
	prctl(PR_SET_NAME, "opener");
	MUST(open("fifo", O_RDONLY) >= 0);
	return unused;
}

static void *locker(void *fd)
{
	prctl(PR_SET_NAME, "locker");
	MUST(!flock((intptr_t)fd, LOCK_EX));
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[3];
	int held, wanted;
	char line[16];
	pid_t child;

	MUST(argc == 2 && !chdir(argv[1]) && !pipe(ends));
	prctl(PR_SET_NAME, "main");
	MUST((held = open("lock", O_RDWR)) >= 0 && (wanted = open("lock", O_RDWR)) >= 0);
	MUST(!flock(held, LOCK_EX));
	MUST(!pthread_create(&threads[0], NULL, reader, NULL));
	MUST(!pthread_create(&threads[1], NULL, opener, NULL));
	MUST(!pthread_create(&threads[2], NULL, locker, (void *)(intptr_t)wanted));
	MUST(write(1, "ready\n", 6) == 6);
	MUST(read(0, line, sizeof(line)) > 0);
	MUST(write(ends[1], "x", 1) == 1);
	MUST(open("fifo", O_WRONLY) >= 0);
	MUST(!flock(held, LOCK_UN));
	for (int i = 0; i < 3; i++)
		MUST(!pthread_join(threads[i], NULL));
	MUST(open("by-main", O_RDWR | O_CREAT, 0644) >= 0);
	MUST((child = fork()) >= 0);
	if (!child) {
		MUST(open("by-child", O_RDWR | O_CREAT, 0644) >= 0);
		_exit(0);
	}
	MUST(waitpid(child, NULL, 0) == child);
	return 0;
}
