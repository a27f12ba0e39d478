// What the scenarios share. A scenario makes the calls of one case of a trace; main() in scenarios.c starts it in its
// directory. Calls made under a comm that begins with '=' are compared one by one with what the trace holds, so nothing
// else may happen there; whatever prepares or checks a case happens under another comm.
#ifndef SCENARIOS_H
#define SCENARIOS_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

// A call that does not do what the case needs ends the scenario, so that a test can't compare nonsense.
#define MUST(call)                                                                                                  \
	({                                                                                                          \
		long __result = (long)(call);                                                                       \
		if (__result < 0)                                                                                   \
			give_up(__FILE__, __LINE__, #call, strerror(errno));                                        \
		__result;                                                                                           \
	})

#define FAILS(error, call)                                                                                          \
	({                                                                                                          \
		if ((long)(call) >= 0 || errno != (error))                                                          \
			give_up(__FILE__, __LINE__, #call, "did not fail with " #error);                            \
	})

// For what a call returned, and whatever else has to be so.
#define CHECK(condition)                                                                                            \
	({                                                                                                          \
		if (!(condition))                                                                                   \
			give_up(__FILE__, __LINE__, #condition, "is not so");                                       \
	})

_Noreturn void give_up(const char *file, int line, const char *what, const char *why);

// The case cannot be observed on this machine: the test skips with the reason.
_Noreturn void cannot(const char *format, ...) __attribute__((format(printf, 1, 2)));

// From here on this thread's calls are compared; the comm is "=name".
void watch(const char *name);
void unwatch(void);

// A line `key value` that the test reads.
void report(const char *key, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Tells the test its pid and waits for its start file: what was opened before was opened before tracing.
void wait_for_start(void);

// The scenario's directory, absolute; and a name in it, valid until the 16th call after this.
extern char directory[PATH_MAX];
const char *in_directory(const char *name);

// Another program of this one: runs `scenario` with the same directories.
_Noreturn void exec_scenario(const char *scenario, const char *argument);
// What exec_scenario was given.
extern const char *argument;

int create(const char *name);
void create_with(const char *name, size_t bytes);
void write_exactly(int fd, size_t bytes);
void read_exactly(int fd, size_t bytes, size_t expected);
unsigned long inode_of(const char *name);

// A child, for the braces that follow: if (in_child(&pid)) { ...; _exit(0); }
int in_child(pid_t *pid);
void wait_for(pid_t child);
pthread_t start_thread(void *(*function)(void *), void *of);
void join(pthread_t thread);
// Returns when that thread of this process is inside that system call. Not to be called while watched.
void until_inside(pid_t tid, long number);

// A mount namespace of its own, from which nothing comes back.
void leave_mounts(void);
void mount_tmpfs(const char *where);

#endif
