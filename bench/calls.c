// SPDX-License-Identifier: Apache-2.0
/*
 * System calls that do next to nothing, for bench/overhead.ts: `calls COUNT CORES...` in an empty
 * directory. Prints a line for each kind and number of cores: `NAME<TAB>CORES<TAB>CPU<TAB>WALL`, ns a call by
 * the clock of the process, which stands still while others run, and by that on the wall.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FILES 64

static int zeroes[FILES], nulls[FILES];
static char existing[FILES][32], missing[FILES][32];

static void one_descriptor(long i)
{
	char byte = 0;

	if (i & 1 ? write(nulls[0], &byte, 1) != 1 : read(zeroes[0], &byte, 1) != 1)
		err(1, "read, write");
}

static void many_descriptors(long i)
{
	int which = i / 2 % FILES;
	char byte = 0;

	if (i & 1 ? write(nulls[which], &byte, 1) != 1 : read(zeroes[which], &byte, 1) != 1)
		err(1, "read, write");
}

static void open_and_close(long i)
{
	static int fd;

	if (i & 1 ? close(fd) : (fd = open(existing[i / 2 % FILES], O_RDONLY)) < 0)
		err(1, "open, close");
}

static void stat_existing(long i)
{
	struct stat st;

	if (stat(existing[i % FILES], &st))
		err(1, "stat");
}

static void stat_missing(long i)
{
	struct stat st;

	if (!stat(missing[i % FILES], &st))
		errx(1, "stat: it is there");
}

static const struct {
	const char *name;
	void (*call)(long i);
	int share;	/* of COUNT: what is slower is done less */
} kinds[] = {
	{ "read/write, 1 descriptor", one_descriptor, 1 },
	{ "read/write, 64 descriptors", many_descriptors, 1 },
	{ "open+close", open_and_close, 4 },
	{ "stat", stat_existing, 4 },
	{ "stat, missing", stat_missing, 4 },
};

static long now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void measure(int kind, int cores, long count)
{
	struct {
		long cpu, wall;
	} sum = {}, *took = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	count /= kinds[kind].share;
	for (int core = 0; core < cores; core++) {
		cpu_set_t set;
		long cpu, wall;

		if (fork())
			continue;
		CPU_ZERO(&set);
		CPU_SET(core, &set);
		sched_setaffinity(0, sizeof(set), &set);
		for (long i = 0; i < count / 16; i++)
			kinds[kind].call(i);
		wall = now(CLOCK_MONOTONIC);
		cpu = now(CLOCK_PROCESS_CPUTIME_ID);
		for (long i = 0; i < count; i++)
			kinds[kind].call(i);
		took[core].cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		took[core].wall = now(CLOCK_MONOTONIC) - wall;
		_exit(0);
	}
	for (int core = 0, status; core < cores; core++)
		if (wait(&status) < 0 || status)
			exit(1);
	for (int core = 0; core < cores; core++) {
		sum.cpu += took[core].cpu;
		sum.wall += took[core].wall;
	}
	printf("%s\t%d\t%.2f\t%.2f\n", kinds[kind].name, cores, (double)sum.cpu / cores / count,
	       (double)sum.wall / cores / count);
	munmap(took, 4096);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: calls COUNT CORES...");
	for (int i = 0; i < FILES; i++) {
		snprintf(existing[i], sizeof(existing[i]), "existing-%d", i);
		snprintf(missing[i], sizeof(missing[i]), "missing-%d", i);
		close(open(existing[i], O_CREAT | O_WRONLY, 0644));
		zeroes[i] = open("/dev/zero", O_RDONLY);
		nulls[i] = open("/dev/null", O_WRONLY);
		if (zeroes[i] < 0 || nulls[i] < 0)
			err(1, "open");
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 2; i < argc; i++)
		for (int kind = 0; kind < (int)(sizeof(kinds) / sizeof(kinds[0])); kind++)
			measure(kind, atoi(argv[i]), atol(argv[1]));
}
