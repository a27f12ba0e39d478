// Cases 16 and 21: calls that never return or return under another number, calls that seccomp denies, 32-bit calls.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include "scenarios.h"

static int shared, ends[2];

static void *writes_and_exits(void *unused)
{
	watch("thread");
	write_exactly(shared, 1);
	syscall(SYS_exit, 0);
	return unused;
}

static void *sits_in_a_read(void *tid)
{
	char byte;

	*(volatile pid_t *)tid = gettid();
	watch("reader");
	read(ends[0], &byte, 1);
	return NULL;
}

static void *outlives_the_leader(void *of)
{
	char path[64], state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", getpid(), getpid());
	do {
		usleep(1000);
		file = fopen(path, "r");
		CHECK(file && fscanf(file, "%*d %*s %c", &state) == 1);
		fclose(file);
	} while (state != 'Z');
	watch("left");
	write_exactly(shared, 4);
	syscall(SYS_exit_group, 0);
	return of;
}

// How many calls do not return is reported, with the exit of this program itself.
void exits(void)
{
	volatile pid_t tid = 0;
	pid_t child;

	shared = create("file");
	MUST(pipe(ends));
	// five threads: exit, five times; the process: exit_group
	if (in_child(&child)) {
		pthread_t threads[5];

		for (int i = 0; i < 5; i++)
			threads[i] = start_thread(writes_and_exits, NULL);
		for (int i = 0; i < 5; i++)
			join(threads[i]);
		_exit(0);
	}
	wait_for(child);
	// exit_group, and a read in another thread that it ends
	if (in_child(&child)) {
		start_thread(sits_in_a_read, (void *)&tid);
		while (!tid)
			usleep(1000);
		until_inside(tid, SYS_read);
		watch("group");
		write_exactly(shared, 2);
		syscall(SYS_exit_group, 0);
	}
	wait_for(child);
	// exit of the leader, exit_group of the thread that is left
	if (in_child(&child)) {
		start_thread(outlives_the_leader, NULL);
		watch("leader");
		write_exactly(shared, 8);
		syscall(SYS_exit, 0);
	}
	wait_for(child);
	report("exits", "%d", 6 + 2 + 2 + 1);
}

static void on_signal(int number)
{
	if (number == SIGUSR1)
		write_exactly(shared, 2);
}

void returns_from_handlers(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	pid_t pid = getpid();

	shared = create("file");
	MUST(sigaction(SIGUSR1, &action, NULL));
	MUST(sigaction(SIGUSR2, &action, NULL));
	watch("main");
	write_exactly(shared, 1);
	for (int i = 0; i < 5; i++) {
		MUST(syscall(SYS_kill, pid, SIGUSR1));
		MUST(syscall(SYS_kill, pid, SIGUSR2));
	}
	write_exactly(shared, 4);
}

static void filter_calls(unsigned int action, const int *numbers, int count)
{
	struct sock_filter code[16];
	struct sock_fprog program = { .filter = code };
	int length = 0;

	code[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (int i = 0; i < count; i++)
		code[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, numbers[i], count - i, 0);
	code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
	program.len = length;
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		cannot("there is no seccomp: %s", strerror(errno));
}

static void on_denied(int number)
{
	(void)number;
}

// Denied are mkdir, unlink and mmap, with an errno, by a signal, and by the end of the process.
void denied(void)
{
	static const int numbers[] = { SYS_mkdir, SYS_unlink, SYS_mmap };
	struct sigaction action = { .sa_handler = on_denied };
	int fd = create("file"), status;
	pid_t child;

	MUST(mkdir("there", 0755));
	if (in_child(&child)) {
		filter_calls(SECCOMP_RET_ERRNO | EPERM, numbers, 3);
		watch("errno");
		write_exactly(fd, 1);
		for (int i = 0; i < 3; i++)
			FAILS(EPERM, mkdir("denied", 0755));
		FAILS(EPERM, unlink("there"));
		FAILS(EPERM, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
		write_exactly(fd, 2);
		MUST(mkdirat(AT_FDCWD, "allowed", 0755));
		_exit(0);
	}
	wait_for(child);
	if (in_child(&child)) {
		MUST(sigaction(SIGSYS, &action, NULL));
		filter_calls(SECCOMP_RET_TRAP, numbers, 3);
		watch("trap");
		write_exactly(fd, 4);
		syscall(SYS_mkdir, "denied", 0755);
		syscall(SYS_unlink, "there");
		write_exactly(fd, 8);
		_exit(0);
	}
	wait_for(child);
	if (in_child(&child)) {
		filter_calls(SECCOMP_RET_KILL_PROCESS, numbers, 3);
		watch("kill");
		write_exactly(fd, 16);
		syscall(SYS_mkdir, "denied", 0755);
		_exit(0);
	}
	MUST(waitpid(child, &status, 0));
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static long call_32(long number, long a, long b, long c)
{
	long result;

	asm volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
	return result;
}

// As in the table of 32-bit calls; what stands behind is the call of this number in the other.
enum {
	WRITE_32 = 4,	// stat
	OPEN_32 = 5,	// fstat
	CLOSE_32 = 6,	// lstat
	UNLINK_32 = 10, // mprotect
	EXECVE_32 = 11, // munmap
	LSEEK_32 = 19,	// readv
	GETPID_32 = 20, // writev
	MKDIR_32 = 39,	// getpid
};

void calls_of_32_bits(void)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	char program[PATH_MAX] = "";
	int status, fd;
	pid_t child;

	CHECK(low != MAP_FAILED);
	MUST(readlink("/proc/self/exe", program, sizeof(program) - 1));
	MUST(symlink(program, "=new"));
	if (in_child(&child)) {
		call_32(GETPID_32, 0, 0, 0);
		_exit(0);
	}
	MUST(waitpid(child, &status, 0));
	if (!WIFEXITED(status))
		cannot("this kernel has no 32-bit calls");
	fd = create("file");
	watch("main");
	write_exactly(fd, 1);
	strcpy(low, "made-by-32");
	for (int i = 0; i < 3; i++)
		CHECK(call_32(GETPID_32, 0, 0, 0) == getpid());
	CHECK(call_32(WRITE_32, fd, (long)low, 2) == 2);
	CHECK(call_32(LSEEK_32, fd, 0, SEEK_END) == 3);
	CHECK(call_32(OPEN_32, (long)low, O_RDWR | O_CREAT, 0644) == fd + 1);
	CHECK(call_32(CLOSE_32, fd + 1, 0, 0) == 0);
	CHECK(call_32(UNLINK_32, (long)low, 0, 0) == 0);
	CHECK(call_32(MKDIR_32, (long)low, 0755, 0) == 0);
	CHECK(call_32(1000, 0, 0, 0) == -ENOSYS);
	write_exactly(fd, 4);
	MUST(rmdir("made-by-32"));
	unwatch();
	if (in_child(&child)) {
		unsigned int *arguments = (unsigned int *)(low + 1024);

		strcpy(low, "=new");
		strcpy(low + 16, "write");
		strcpy(low + 32, "written");
		strcpy(low + 48, "7");
		for (int i = 0; i < 4; i++)
			arguments[i] = (unsigned int)(long)(low + 16 * i);
		arguments[4] = 0;
		call_32(EXECVE_32, (long)low, (long)arguments, (long)(arguments + 4));
		_exit(1);
	}
	wait_for(child);
	report("calls", "%d", 1 + 3 + 6 + 1);
}
