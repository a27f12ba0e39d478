// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kernel side of `--engine stream`: puts every half of a call in scope into a ring buffer and pairs nothing. The
 * pairing engine (src/fold/pairing.ts) does the rest from descriptors, strings and results alone, which makes it the
 * reference that the programs of ior.bpf.c are tested against. In: system calls. Out: the ring "events", "counters".
 *
 * Names are only told of what a call makes (an open, chdir) and of what the first task of a followed command, or every
 * task when everything is in scope, had open before: the rest is for the reader to keep track of.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include "ior.h"
#include "stream.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct ior_config config SEC(".rodata.config") = {};
struct ior_control control SEC(".data.control") = {};
struct ior_targets targets SEC(".bss.targets");

#include "kernel.h"
#include "files.h"

/* Of a task that the tracer has launched, its execve until that succeeds: most fail, on the way along PATH. */
struct call {
	__u64 start_ns;
	__u64 args[6];
	char comm[IOR_COMM];
	__u16 nr;
	__u8 scope;
	__u8 pad;
	__u32 ended;
};

struct scratch {
	struct ior_event event;
	union {
		__u64 args[6];
		char strings[2 * IOR_PATH];
	};
	struct ior_event made;
	struct walker walk;	/* follows `made`, as a record is one piece */
	/* no room, but a place in the object's BTF, where user space compares sizes */
	struct ior_socket socket_layout[0];
};
_Static_assert(offsetof(struct scratch, walk) == offsetof(struct scratch, made) + sizeof(struct ior_event), "scratch");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, IOR_SYSCALLS);
	__type(key, __u32);
	__type(value, struct ior_stream_row);
} syscalls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct call);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 32 << 20);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ior_stream_counters);
} counters SEC(".maps");

/* The second is the iterator's: it can be preempted by a tracepoint on its CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static const __u32 zero = 0;
static const __u32 for_iterator = 1;

#define COUNT(field)                                                                             \
	({                                                                                       \
		struct ior_stream_counters *__counters = bpf_map_lookup_elem(&counters, &zero); \
		if (__counters)                                                                  \
			__sync_fetch_and_add(&__counters->field, 1);                             \
	})

#include "follow.h"

/* Nobody is woken: user space polls. */
static __always_inline void send(void *record, __u64 size)
{
	if (bpf_ringbuf_output(&events, record, size, BPF_RB_NO_WAKEUP))
		COUNT(dropped);
	else
		COUNT(sent);
}

static __always_inline void begin(struct ior_event *event, __u16 kind, __u32 nr, struct task_struct *task, long ret)
{
	event->time_ns = bpf_ktime_get_ns();
	event->ret = ret;
	event->flags = 0;
	event->tid = task->pid;
	event->pid = task->tgid;
	event->uid = bpf_get_current_uid_gid();
	event->kind = kind;
	event->nr = nr;
	event->path_len = event->path2_len = IOR_NO_STRING;
	*(__u64 *)event->comm = *(__u64 *)task->comm;
	*(__u64 *)(event->comm + 8) = *(__u64 *)(task->comm + 8);
}

/* What mnt and dentry lead to; eventfds and the like, and the files of pidfs and nsfs, are anonymous. */
static __always_inline __u32 type_behind(struct dentry *dentry)
{
	struct inode *inode = PROBE(dentry, d_inode);
	__u64 magic;

	if (!inode)
		return IOR_NONE;
	if (!(__u32)PROBE(dentry, d_name.hash_len)) {
		magic = PROBE(PROBE(inode, i_sb), s_magic);
		if (magic == ANON_INODE_FS_MAGIC || magic == PID_FS_MAGIC || magic == NSFS_MAGIC)
			return IOR_ANON;
	}
	return type_of(0, PROBE(inode, i_mode), inode);
}

/* Sends what is behind a descriptor. `made` of that scratch has been begun. */
__noinline int tell(__u32 scratch, __s64 fd, __u64 flags, __u64 mnt, __u64 at)
{
	struct dentry *dentry = (struct dentry *)at;
	struct scratch *s = bpf_map_lookup_elem(&scratches, &scratch);
	struct ior_name *name;
	__u64 size;

	if (!s || !dentry)
		return 0;
	name = &s->walk.name;
	s->made.ret = fd;
	s->made.flags = flags;
	name->type = type_behind(dentry);
	name->flags = is_deleted(dentry) ? IOR_NAME_DELETED : 0;
	if (is_bare_socket(name->type, dentry))
		write_socket(&s->walk, dentry);
	else
		write_name(&s->walk, mnt, dentry);
	if (name->flags & IOR_NAME_CUT)
		COUNT(names_cut);
	size = name->len;
	if (size > sizeof(name->data))
		size = sizeof(name->data);
	send(&s->made, sizeof(s->made) + offsetof(struct ior_name, data) + size);
	return 0;
}

static __always_inline void tell_descriptor(struct task_struct *task, int fd)
{
	__u64 mnt, dentry;

	if (find_file(0, task, fd, &mnt, &dentry))
		tell(zero, fd, 0, NUMBER(mnt), NUMBER(dentry));
}

struct table {
	__u64 fds;		/* struct file **, of fdt->max_fds */
	__u64 close_on_exec;
	__u32 max;
	__u32 scratch;
};

static long tell_had(__u32 fd, struct table *table)
{
	struct file *file = 0;
	unsigned long bits = 0;

	if (fd >= table->max)
		return 1;
	bpf_probe_read_kernel(&file, sizeof(file), (void *)(table->fds + 8ull * fd));
	if (!file)
		return 0;
	bpf_probe_read_kernel(&bits, sizeof(bits), (void *)(table->close_on_exec + 8ull * (fd / 64)));
	tell(table->scratch, fd, bits >> fd % 64 & 1, (__u64)PROBE(file, f_path.mnt), (__u64)PROBE(file, f_path.dentry));
	return 0;
}

/* More than any process has descriptors, unless somebody raised fs.nr_open. */
#define MOST_DESCRIPTORS (1 << 20)
/* Before bpf_loop; the verifier looks at each. */
#define FEW_DESCRIPTORS 1024

/* Everything that a task has open, its cwd and its root. */
static __always_inline void introduce(struct task_struct *task, __u32 scratch)
{
	struct scratch *s = bpf_map_lookup_elem(&scratches, &scratch);
	struct files_struct *files = task->files;
	struct fs_struct *fs = task->fs;
	struct table table = { .scratch = scratch };
	struct fdtable *fdt;

	if (!s || !files || !fs)
		return;
	begin(&s->made, IOR_EVENT_HAD, 0, task, 0);
	tell(scratch, IOR_CWD, 0, (__u64)PROBE(fs, pwd.mnt), (__u64)PROBE(fs, pwd.dentry));
	tell(scratch, IOR_ROOT, 0, (__u64)PROBE(fs, root.mnt), (__u64)PROBE(fs, root.dentry));
	fdt = PROBE(files, fdt);
	table.fds = (__u64)PROBE(fdt, fd);
	table.close_on_exec = (__u64)PROBE(fdt, close_on_exec);
	table.max = PROBE(fdt, max_fds);
	if (config.looped) {
		bpf_loop(MOST_DESCRIPTORS, tell_had, &table, 0);
	} else {
#pragma clang loop unroll(disable)
		for (__u32 fd = 0; fd < FEW_DESCRIPTORS; fd++)
			if (tell_had(fd, &table))
				break;
	}
}

/* include/uapi/linux/socket.h: what recvmsg was given, and one control message in it. */
struct message {
	__u64 name, name_len, iov, iov_len, control, control_len;
};

struct control_message {
	__u64 len;
	__u32 level;
	__u32 type;
};

#define SOL_SOCKET 1
#define SCM_RIGHTS 1
/* SCM_CREDENTIALS, SCM_SECURITY and SCM_PIDFD may stand before it. */
#define MOST_MESSAGES 4
#define MOST_RECEIVED 32
#define MOST_HEADERS 16		/* of recvmmsg, each a struct msghdr and a length */
#define HEADER_SIZE 64

/* The descriptors that a struct msghdr of the program has received. */
__noinline int tell_received(__u64 at)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct message message = {};
	struct control_message head = {};
	__u64 fds = 0, count = 0;
	int fd;

	bpf_probe_read_user(&message, sizeof(message), (void *)at);
#pragma clang loop unroll(disable)
	for (int i = 0; i < MOST_MESSAGES; i++) {
		if (message.control_len < sizeof(head) ||
		    bpf_probe_read_user(&head, sizeof(head), (void *)message.control) || head.len < sizeof(head))
			return 0;
		if (head.level == SOL_SOCKET && head.type == SCM_RIGHTS) {
			fds = message.control + sizeof(head);
			count = (head.len - sizeof(head)) / sizeof(fd);
			break;
		}
		head.len = (head.len + 7) & ~7ull;
		if (head.len > message.control_len)
			return 0;
		message.control += head.len;
		message.control_len -= head.len;
	}
	if (count > MOST_RECEIVED)
		COUNT(not_received);
#pragma clang loop unroll(disable)
	for (int i = 0; i < MOST_RECEIVED; i++) {
		if (i >= count || bpf_probe_read_user(&fd, sizeof(fd), (void *)(fds + i * sizeof(fd))))
			return 0;
		tell_descriptor(task, fd);
	}
	return 0;
}

/* What a call that succeeded has made, before its exit is sent. */
static __always_inline void tell_made(struct scratch *s, struct task_struct *task, struct ior_stream_row *row,
				      struct pt_regs *regs, long ret)
{
	__u64 at = row->made >= 0 ? call_argument(regs, row->made) : 0;
	struct fs_struct *fs = task->fs;
	int pair[2];

	begin(&s->made, IOR_EVENT_MADE, 0, task, 0);
	switch (row->makes) {
	case IOR_MAKES_RESULT:
		tell_descriptor(task, ret);
		break;
	case IOR_MAKES_PAIR:
		if (bpf_probe_read_user(pair, sizeof(pair), (void *)at))
			break;
		tell_descriptor(task, pair[0]);
		tell_descriptor(task, pair[1]);
		break;
	case IOR_MAKES_RECEIVED:
		tell_received(at);
		break;
	case IOR_MAKES_RECEIVED_MANY:
#pragma clang loop unroll(disable)
		for (int i = 0; i < MOST_HEADERS && i < ret; i++)
			tell_received(at + i * HEADER_SIZE);
		if (ret > MOST_HEADERS)
			COUNT(not_received);
		break;
	case IOR_MAKES_NAME:
		tell_descriptor(task, at);
		break;
	case IOR_MAKES_CWD:
		if (fs)
			tell(zero, IOR_CWD, 0, (__u64)PROBE(fs, pwd.mnt), (__u64)PROBE(fs, pwd.dentry));
		break;
	case IOR_MAKES_ROOT:
		if (fs)
			tell(zero, IOR_ROOT, 0, (__u64)PROBE(fs, root.mnt), (__u64)PROBE(fs, root.dentry));
		break;
	}
}

/* Copies a string of the program behind `used` bytes of strings; returns its length without the NUL. */
static __always_inline __u16 read_string(struct scratch *s, struct pt_regs *regs, int position, __u64 used)
{
	__u64 at = call_argument(regs, position);
	long len;

	if (!at)
		return IOR_NO_STRING;
	BOUNDED(used, 4095);
	len = bpf_probe_read_user_str(s->strings + used, IOR_PATH, (void *)at);
	if (len >= 0)
		return BYTES_READ(len);
	COUNT(paths_unreadable);
	return IOR_NO_STRING;
}

static __always_inline __u64 length(__u16 len)
{
	return len == IOR_NO_STRING ? 0 : len & (IOR_PATH - 1);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(ior_enter, struct pt_regs *regs, long nr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct ior_stream_row *row;
	struct scratch *s;
	struct call *call;
	__u32 index = nr;

	if ((__u64)nr >= IOR_SYSCALLS)
		return 0;
	row = bpf_map_lookup_elem(&syscalls, &index);
	s = bpf_map_lookup_elem(&scratches, &zero);
	if (!row || !s || !(row->select || in_compat_call(task)))
		return 0;
	if (config.everything) {
		if (task->tgid == control.tracer)
			return 0;
	} else {
		call = bpf_task_storage_get(&calls, task, 0, 0);
		if (!call || call->scope == OUT_OF_SCOPE)
			return 0;
		if (is_launched(call)) {
			if (!row->execs)
				return 0;
			for (int i = 0; i < 6; i++)
				call->args[i] = call_argument(regs, i);
			__builtin_memcpy(call->comm, task->comm, IOR_COMM);
			call->nr = index;
			call->start_ns = bpf_ktime_get_ns();
			return 0;
		}
	}
	if (in_compat_call(task)) {
		COUNT(compat);
		return 0;
	}
	for (int i = 0; i < 6; i++)
		s->args[i] = call_argument(regs, i);
	begin(&s->event, IOR_EVENT_ENTER, index, task, 0);
	send(&s->event, sizeof(s->event) + sizeof(s->args));
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(ior_exit, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 now = bpf_ktime_get_ns(), size;
	long nr = call_number(regs);
	struct ior_stream_row *row;
	struct scratch *s;
	struct call *call;
	__u32 index;

	/* rt_sigreturn overwrites its number and its result (restore_sigcontext(), arch/x86/kernel/signal_64.c) */
	if (nr == -1) {
		nr = NR_RT_SIGRETURN;
		ret = 0;
	}
	if ((__u64)nr >= IOR_SYSCALLS)
		return 0;
	index = nr;
	row = bpf_map_lookup_elem(&syscalls, &index);
	s = bpf_map_lookup_elem(&scratches, &zero);
	if (!row || !row->select || !s)
		return 0;
	/* the exit of an execve that succeeded bears any number: sched_process_exec has told of it */
	if (in_compat_call(task) || (row->execs && !ret))
		return 0;
	if (config.everything) {
		if (task->tgid == control.tracer)
			return 0;
	} else {
		call = bpf_task_storage_get(&calls, task, 0, 0);
		if (!call || call->scope < IN_SCOPE)
			return 0;
	}
	if (row->makes && ret >= 0)
		tell_made(s, task, row, regs, ret);
	begin(&s->event, IOR_EVENT_EXIT, index, task, ret);
	s->event.time_ns = now;
	if (row->how >= 0)
		bpf_probe_read_user(&s->event.flags, sizeof(s->event.flags), (void *)call_argument(regs, row->how));
	if (row->path >= 0)
		s->event.path_len = read_string(s, regs, row->path, 0);
	size = length(s->event.path_len);
	if (row->path2 >= 0)
		s->event.path2_len = read_string(s, regs, row->path2, size);
	size += length(s->event.path2_len);
	if (size > sizeof(s->strings))
		return 0;
	send(&s->event, sizeof(s->event) + size);
	return 0;
}

/* linux/sched.h */
#define CLONE_FS 0x200
#define CLONE_FILES 0x400
#define CLONE_THREAD 0x10000

SEC("tp_btf/sched_process_fork")
int BPF_PROG(ior_fork, struct task_struct *parent, struct task_struct *child)
{
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	struct call *call;

	if (!s)
		return 0;
	if (!config.everything) {
		call = follow_child(parent, child);
		if (!call || call->scope < IN_SCOPE)
			return 0;
	} else if (parent->tgid == control.tracer) {
		return 0;
	}
	begin(&s->event, IOR_EVENT_FORK, 0, child, parent->pid);
	s->event.flags = (child->fs == parent->fs ? CLONE_FS : 0) | (child->files == parent->files ? CLONE_FILES : 0) |
			 (child->tgid == parent->tgid ? CLONE_THREAD : 0);
	send(&s->event, sizeof(s->event));
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(ior_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	struct call *call;
	__u64 now = bpf_ktime_get_ns();
	long len;

	if (!s || task->tgid == control.tracer)
		return 0;
	if (!config.everything) {
		call = bpf_task_storage_get(&calls, task, 0, 0);
		if (!call || call->scope == OUT_OF_SCOPE)
			return 0;
		if (is_launched(call)) {
			if (++call->scope < IN_SCOPE)
				return 0;
			introduce(task, zero);
			begin(&s->event, IOR_EVENT_ENTER, call->nr, task, 0);
			s->event.time_ns = call->start_ns;
			__builtin_memcpy(s->event.comm, call->comm, IOR_COMM);
			__builtin_memcpy(s->args, call->args, sizeof(s->args));
			send(&s->event, sizeof(s->event) + sizeof(s->args));
		}
	}
	begin(&s->event, IOR_EVENT_EXEC, 0, task, old_pid);
	s->event.time_ns = now;
	len = read_program(bprm, s->strings);
	if (len > 0)
		s->event.path_len = len - 1;
	send(&s->event, sizeof(s->event) + length(s->event.path_len));
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(ior_task_end, struct task_struct *task)
{
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	struct call *call;

	if (!s || task->tgid == control.tracer)
		return 0;
	if (!config.everything) {
		call = bpf_task_storage_get(&calls, task, 0, 0);
		if (!call)
			return 0;
		follow_end(task, call);
		if (call->scope < IN_SCOPE)
			return 0;
	}
	begin(&s->event, IOR_EVENT_END, 0, task, 0);
	send(&s->event, sizeof(s->event));
	return 0;
}

/* Before the handler of a signal, or the default action, runs. */
SEC("tp_btf/signal_deliver")
int BPF_PROG(ior_signal, int number, struct kernel_siginfo *info, struct k_sigaction *action)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	struct call *call;

	if (!s || (__u64)action->sa.sa_handler <= SIG_IGN || task->tgid == control.tracer)
		return 0;
	if (!config.everything) {
		call = bpf_task_storage_get(&calls, task, 0, 0);
		if (!call || call->scope < IN_SCOPE)
			return 0;
	}
	begin(&s->event, IOR_EVENT_SIGNAL, 0, task, 0);
	s->event.flags = !!(action->sa.sa_flags & SA_RESTART);
	send(&s->event, sizeof(s->event));
	return 0;
}

/* Read once by the collector after the programs are attached: what tasks in scope had before. */
SEC("iter/task")
int ior_survey(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct call *call;

	if (!task || task->tgid == control.tracer)
		return 0;
	if (!config.everything) {
		call = bpf_task_storage_get(&calls, task, 0, 0);
		if (!call || call->scope < IN_SCOPE)
			return 0;
	}
	introduce(task, for_iterator);
	return 0;
}
