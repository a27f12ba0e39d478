/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Which tasks are in scope when a command is followed, and which program an execve asked for: shared by the two objects.
 * Comes after `struct call` with the fields scope and ended, the task storage `calls`, `control`, and COUNT(not_stored).
 */
#ifndef IOR_FOLLOW_H
#define IOR_FOLLOW_H

enum scope {
	OUT_OF_SCOPE,
	/* below IN_SCOPE: forked by the tracer, and that many execves away from being the command */
	IN_SCOPE = 8,
	TARGET_PROCESS,	/* of --pid: its threads, and not its children, are in scope with it */
	TARGET_THREAD,	/* of --tid */
};

static __always_inline int is_launched(const struct call *call)
{
	return call->scope && call->scope < IN_SCOPE;
}

/* Children are in scope from their first call on. Returns the child's storage when it is launched or in scope. */
static __always_inline struct call *follow_child(struct task_struct *parent, struct task_struct *child)
{
	struct call *call;
	__u8 scope;

	if (parent->tgid == control.tracer) {
		/* a thread of our own, or a child that has nothing to do with the command */
		if (!control.launching || child->tgid == control.tracer)
			return 0;
		scope = IN_SCOPE - control.launching;
	} else {
		call = bpf_task_storage_get(&calls, parent, 0, 0);
		if (!call || call->scope == OUT_OF_SCOPE)
			return 0;
		scope = call->scope;
		if (scope == TARGET_THREAD || (scope == TARGET_PROCESS && child->tgid != parent->tgid))
			return 0;
	}
	call = bpf_task_storage_get(&calls, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!call) {
		COUNT(not_stored);
		return 0;
	}
	call->scope = scope;
	if (child->pid == child->tgid)
		__sync_fetch_and_add(&control.processes, 1);
	return call;
}

/* A task has ended: tells control.processes when it was the last of a process in scope. */
static __always_inline void follow_end(struct task_struct *task, struct call *call)
{
	if (call->scope == TARGET_THREAD && !__sync_lock_test_and_set(&call->ended, 1))
		__sync_fetch_and_add(&control.processes, -1);
	if (call->scope == OUT_OF_SCOPE || call->scope == TARGET_THREAD || task->signal->live.counter)
		return;
	/* the leader may have ended before; threads that end together all see that none is left, and one of them counts */
	call = bpf_task_storage_get(&calls, task->group_leader, 0, 0);
	if (call && !__sync_lock_test_and_set(&call->ended, 1))
		__sync_fetch_and_add(&control.processes, -1);
}

/* `pid` was probed, and so is a number: 6.1 adds nothing unknown to a typed pointer. */
static __always_inline void read_number(struct pid *pid, __u64 level, struct upid *number)
{
	__u64 at = (__u64)pid + bpf_core_field_offset(pid->numbers) + level * bpf_core_type_size(struct upid);

	bpf_probe_read_kernel(number, sizeof(*number), (void *)at);
}

/* The number that the tracer knows a task by: that of the tracer's pid namespace; 0 when the task is not in there. */
static __noinline __u32 number_of(struct task_struct *task)
{
	struct upid number;
	struct pid *pid;

	if (!control.level)
		return task->pid;
	pid = PROBE(task, thread_pid);
	if (!pid || PROBE(pid, level) < control.level)
		return 0;
	read_number(pid, control.level, &number);
	return (__u64)number.ns == control.ns ? number.nr : 0;
}

/*
 * Read by the collector after the programs are attached, until it finds nothing more: a thread that is made meanwhile
 * inherits the mark from one that has it. Marks the tasks of --pid and --tid, and with --follow the children of marked ones.
 */
SEC("iter/task")
int ior_targets(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct call *call;
	__u32 number, leader;
	__u8 scope = OUT_OF_SCOPE;

	if (!task || task->tgid == control.tracer || task->flags & PF_KTHREAD)
		return 0;
	number = number_of(task);
	leader = number_of(task->group_leader);
	for (int i = 0; i < IOR_TARGETS; i++) {
		if (targets.pid[i] && targets.pid[i] == leader)
			scope = config.follow ? IN_SCOPE : TARGET_PROCESS;
		else if (targets.tid[i] && targets.tid[i] == number)
			scope = TARGET_THREAD;
		if (scope)
			break;
	}
	if (!scope && config.follow) {
		call = bpf_task_storage_get(&calls, task->real_parent, 0, 0);
		if (call && call->scope == IN_SCOPE)
			scope = IN_SCOPE;
	}
	if (!scope)
		return 0;
	call = bpf_task_storage_get(&calls, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!call) {
		COUNT(not_stored);
		return 0;
	}
	if (call->scope != OUT_OF_SCOPE)
		return 0;
	call->scope = scope;
	if (scope == TARGET_THREAD || task->pid == task->tgid)
		__sync_fetch_and_add(&control.processes, 1);
	return 0;
}

/*
 * The program that execve was asked for, as a string of at most IOR_PATH bytes. Returns its length with the NUL. For
 * execveat the kernel has made up a string, /dev/fd/N/path (alloc_bprm(), fs/exec.c); bprm->file would be a script's
 * interpreter.
 */
static __always_inline long read_program(struct linux_binprm *bprm, char *to)
{
	const char *path = bprm->filename;
	char letter = 0;

	if (bpf_core_field_exists(bprm->fdpath) && bprm->fdpath) {
		path += sizeof("/dev/fd/") - 1;
#pragma clang loop unroll(disable)
		for (int i = 0; i < 11; i++) {
			bpf_probe_read_kernel(&letter, 1, path);
			if (letter < '0' || letter > '9')
				break;
			path++;
		}
		if (letter == '/')
			path++;
	}
	return bpf_probe_read_kernel_str(to, IOR_PATH, path);
}

/*
 * Read once by the collector before anything is attached: tells the programs who it is. Inside a pid namespace
 * getpid() is not the tgid that the kernel sees, and what we call other tasks is not what it calls them.
 */
SEC("iter/task")
int ior_whoami(struct bpf_iter__task *ctx)
{
	struct pid *pid = PROBE(bpf_get_current_task_btf(), thread_pid);
	struct upid number;

	control.tracer = bpf_get_current_pid_tgid() >> 32;
	control.level = PROBE(pid, level);
	read_number(pid, control.level, &number);
	control.ns = (__u64)number.ns;
	return 0;
}

#endif
