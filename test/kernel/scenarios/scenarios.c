// scenarios NAME DIR CONTROL FILESYSTEM [ARGUMENT]: makes the calls of one case in DIR, or in a file system of that type
// (tmpfs, ext4, overlay; - for none) that is mounted on DIR/fs in a mount namespace of its own. CONTROL is the directory
// that the test and the scenario talk through: `start`, `report`, `cannot`.
#include <poll.h>
#include <stdarg.h>
#include "scenarios.h"

#define SCENARIOS(X)                                                                                                \
	X(path_strings)                                                                                             \
	X(constant_strings)                                                                                         \
	X(overwritten_string)                                                                                       \
	X(reused_by_pipes)                                                                                          \
	X(closed_while_it_reads)                                                                                    \
	X(closed_while_it_locks)                                                                                    \
	X(duplicates)                                                                                               \
	X(failed_duplicates)                                                                                        \
	X(close_range_bounded)                                                                                      \
	X(close_range_cloexec)                                                                                      \
	X(after_cloexec)                                                                                            \
	X(close_range_unshare)                                                                                      \
	X(inherited)                                                                                                \
	X(passed_over_a_socket)                                                                                     \
	X(taken_with_pidfd)                                                                                         \
	X(clone_files)                                                                                              \
	X(unshared_tables)                                                                                          \
	X(same_number)                                                                                              \
	X(same_inode_number)                                                                                        \
	X(recycled_inode)                                                                                           \
	X(recycled_directories)                                                                                     \
	X(recycled_memfds)                                                                                          \
	X(recycled_mounts)                                                                                          \
	X(hard_links)                                                                                               \
	X(same_name)                                                                                                \
	X(relative_names)                                                                                           \
	X(empty_names)                                                                                              \
	X(symbolic_links)                                                                                           \
	X(in_chroot)                                                                                                \
	X(above_chroot)                                                                                             \
	X(in_mount_namespace)                                                                                       \
	X(after_pivot_root)                                                                                         \
	X(bind_mounts)                                                                                              \
	X(copied_up)                                                                                                \
	X(renamed_file)                                                                                             \
	X(renamed_parents)                                                                                          \
	X(renamed_cwd)                                                                                              \
	X(moved_into_place)                                                                                         \
	X(renamed_above_mount)                                                                                      \
	X(lazily_unmounted)                                                                                         \
	X(deleted_cwd)                                                                                              \
	X(moved_mount)                                                                                              \
	X(deleted_while_open)                                                                                       \
	X(first_seen_deleted)                                                                                       \
	X(without_a_name)                                                                                           \
	X(long_paths)                                                                                               \
	X(longer_path)                                                                                              \
	X(deep_paths)                                                                                               \
	X(hostile_names)                                                                                            \
	X(pipes_and_fifos)                                                                                          \
	X(anonymous_inodes)                                                                                         \
	X(unix_sockets)                                                                                             \
	X(tcp_sockets)                                                                                              \
	X(tcp_refused)                                                                                              \
	X(udp_sockets)                                                                                              \
	X(xattrs)                                                                                                   \
	X(directories_and_links)                                                                                    \
	X(ways_to_open)                                                                                             \
	X(mapped)                                                                                                   \
	X(bytes_of_reads)                                                                                           \
	X(bytes_of_vectors)                                                                                         \
	X(bytes_between_files)                                                                                      \
	X(bytes_of_sockets)                                                                                         \
	X(bytes_of_cut_messages)                                                                                    \
	X(bytes_of_cut_vectors)                                                                                     \
	X(bytes_of_processes)                                                                                       \
	X(bytes_of_xattrs)                                                                                          \
	X(forty_threads)                                                                                            \
	X(forty_of_one_name)                                                                                        \
	X(renamed_by_prctl)                                                                                         \
	X(renamed_through_proc)                                                                                     \
	X(renamed_by_a_sibling)                                                                                     \
	X(renamed_while_it_opens)                                                                                   \
	X(fork_and_exec)                                                                                            \
	X(exec_chain)                                                                                               \
	X(exec_from_a_thread)                                                                                       \
	X(reused_pid)                                                                                               \
	X(exits)                                                                                                    \
	X(returns_from_handlers)                                                                                    \
	X(denied)                                                                                                   \
	X(calls_of_32_bits)                                                                                         \
	X(failures)                                                                                                 \
	X(refused)

#define DECLARE(name) void name(void);
SCENARIOS(DECLARE)

static const struct {
	const char *name;
	void (*run)(void);
} scenarios[] = {
#define ROW(name) { #name, name },
	SCENARIOS(ROW)
};

char directory[PATH_MAX];
const char *argument;
static const char *test_directory, *control, *filesystem;

_Noreturn void give_up(const char *file, int line, const char *what, const char *why)
{
	fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, why);
	exit(1);
}

static FILE *in_control(const char *name)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", control, name);
	file = fopen(path, "a");
	CHECK(file);
	return file;
}

_Noreturn void cannot(const char *format, ...)
{
	FILE *file = in_control("cannot");
	va_list list;

	va_start(list, format);
	vfprintf(file, format, list);
	va_end(list);
	fclose(file);
	exit(0);
}

void report(const char *key, const char *format, ...)
{
	FILE *file = in_control("report");
	va_list list;

	va_start(list, format);
	fprintf(file, "%s ", key);
	vfprintf(file, format, list);
	fputc('\n', file);
	va_end(list);
	fclose(file);
}

void watch(const char *name)
{
	char comm[16];

	snprintf(comm, sizeof(comm), "=%s", name);
	prctl(PR_SET_NAME, comm);
}

void unwatch(void)
{
	prctl(PR_SET_NAME, "setup");
}

void wait_for_start(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/start", control);
	printf("ready %d\n", getpid());
	fflush(stdout);
	while (access(path, F_OK))
		usleep(1000);
}

const char *in_directory(const char *name)
{
	static char paths[16][PATH_MAX + NAME_MAX];
	static int next;
	char *path = paths[next++ % 16];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

_Noreturn void exec_scenario(const char *scenario, const char *with)
{
	execl("/proc/self/exe", "scenarios", scenario, directory, control, "-", with, NULL);
	give_up(__FILE__, __LINE__, scenario, strerror(errno));
}

int create(const char *name)
{
	return MUST(open(name, O_RDWR | O_CREAT, 0644));
}

void create_with(const char *name, size_t bytes)
{
	int fd = create(name);

	write_exactly(fd, bytes);
	MUST(close(fd));
}

void write_exactly(int fd, size_t bytes)
{
	static const char buffer[65536];

	CHECK(bytes <= sizeof(buffer) && (size_t)MUST(write(fd, buffer, bytes)) == bytes);
}

void read_exactly(int fd, size_t bytes, size_t expected)
{
	char buffer[65536];

	CHECK(bytes <= sizeof(buffer) && (size_t)MUST(read(fd, buffer, bytes)) == expected);
}

unsigned long inode_of(const char *name)
{
	struct stat status;

	MUST(stat(name, &status));
	return status.st_ino;
}

int in_child(pid_t *pid)
{
	*pid = MUST(fork());
	return !*pid;
}

void wait_for(pid_t child)
{
	char path[PATH_MAX];
	int status;

	MUST(waitpid(child, &status, 0));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	unwatch();
	snprintf(path, sizeof(path), "%s/cannot", control);
	if (!access(path, F_OK))
		exit(0);
}

pthread_t start_thread(void *(*function)(void *), void *of)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, function, of));
	return thread;
}

void join(pthread_t thread)
{
	CHECK(!pthread_join(thread, NULL));
}

void until_inside(pid_t tid, long number)
{
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	for (;;) {
		FILE *file = fopen(path, "r");
		long seen = -1;

		CHECK(file);
		if (fgets(line, sizeof(line), file) && strncmp(line, "running", 7))
			seen = atol(line);
		fclose(file);
		if (seen == number)
			return;
		usleep(1000);
	}
}

void leave_mounts(void)
{
	MUST(unshare(CLONE_NEWNS));
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

void mount_tmpfs(const char *where)
{
	MUST(mount("tmpfs", where, "tmpfs", 0, "size=64m,mode=755"));
}

// Mounts a file system of the wanted type on DIR/fs, which becomes the scenario's directory.
static void mount_filesystem(void)
{
	char command[3 * PATH_MAX];

	leave_mounts();
	MUST(chdir(directory));
	MUST(mkdir("fs", 0755));
	if (!strcmp(filesystem, "tmpfs")) {
		mount_tmpfs("fs");
	} else if (!strcmp(filesystem, "ext4")) {
		snprintf(command, sizeof(command),
			 "{ PATH=$PATH:/usr/sbin:/sbin; truncate -s 32M image && mkfs.ext4 -q -F image && "
			 "mount -o loop image fs; } 2>&1 | head -1 > %s/failure; mountpoint -q fs",
			 control);
		if (system(command))
			cannot("no ext4 on a loop device can be mounted");
	} else if (!strcmp(filesystem, "overlay")) {
		// the upper directory must not lie in an overlay itself, as /tmp of a container does
		MUST(mkdir("layers", 0755));
		mount_tmpfs("layers");
		MUST(mkdir("layers/lower", 0755));
		MUST(mkdir("layers/upper", 0755));
		MUST(mkdir("layers/work", 0755));
		create_with("layers/lower/from-below", 100);
		if (mount("overlay", "fs", "overlay", 0,
			  "lowerdir=layers/lower,upperdir=layers/upper,workdir=layers/work"))
			cannot("no overlay can be mounted: %s", strerror(errno));
	} else {
		cannot("no file system %s", filesystem);
	}
	strcat(directory, "/fs");
}

// release CONTROL PID: lets a waiting scenario go on, and ends when it has.
static int release(const char *in, pid_t pid)
{
	struct pollfd end = { .events = POLLIN, .fd = MUST(syscall(SYS_pidfd_open, pid, 0)) };

	control = in;
	fclose(in_control("start"));
	return poll(&end, 1, 30000) != 1;
}

// write NAME BYTES [PROGRAM ARGUMENT...]: makes those calls under the comm that the exec has given, and becomes PROGRAM.
static int write_as_it_is(char **arguments)
{
	int fd = MUST(open(arguments[0], O_WRONLY | O_CREAT | O_APPEND, 0644));

	write_exactly(fd, atoi(arguments[1]));
	MUST(close(fd));
	if (!arguments[2])
		return 0;
	execv(arguments[2], arguments + 3);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "write"))
		return write_as_it_is(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "release"))
		return release(argv[2], atoi(argv[3]));
	if (argc < 5)
		return 2;
	unwatch();
	test_directory = argv[2];
	control = argv[3];
	filesystem = argv[4];
	argument = argv[5];
	strcpy(directory, test_directory);
	if (strcmp(filesystem, "-"))
		mount_filesystem();
	MUST(chdir(directory));
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (strcmp(scenarios[i].name, argv[1]))
			continue;
		scenarios[i].run();
		unwatch();
		return 0;
	}
	fprintf(stderr, "no scenario %s\n", argv[1]);
	return 2;
}
