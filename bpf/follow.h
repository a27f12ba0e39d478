/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Which tasks are in scope when a command is followed, and which program an execve asked for: shared by the two objects.
 * Comes after `struct call` with the fields scope and ended, the task storage `calls`, `control`, and COUNT(not_stored).
 */
#ifndef IOR_FOLLOW_H
#define IOR_FOLLOW_H

enum scope {
	OUT_OF_SCOPE,
	LAUNCHED,	/* forked by the tracer, has not yet become the command */
	IN_SCOPE,
};

/* Children are in scope from their first call on. Returns the child's storage when it is launched or in scope. */
static __always_inline struct call *follow_child(struct task_struct *parent, struct task_struct *child)
{
	struct call *call;
	__u8 scope;

	if (parent->tgid == control.tracer) {
		/* a thread of our own, or a child that has nothing to do with the command */
		if (!control.launching || child->tgid == control.tracer)
			return 0;
		scope = LAUNCHED;
	} else {
		call = bpf_task_storage_get(&calls, parent, 0, 0);
		if (!call || call->scope == OUT_OF_SCOPE)
			return 0;
		scope = call->scope;
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
	if (call->scope == OUT_OF_SCOPE || task->signal->live.counter)
		return;
	/* the leader may have ended before; threads that end together all see that none is left, and one of them counts */
	call = bpf_task_storage_get(&calls, task->group_leader, 0, 0);
	if (call && !__sync_lock_test_and_set(&call->ended, 1))
		__sync_fetch_and_add(&control.processes, -1);
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
 * getpid() is not the tgid that the kernel sees.
 */
SEC("iter/task")
int ior_whoami(struct bpf_iter__task *ctx)
{
	control.tracer = bpf_get_current_pid_tgid() >> 32;
	return 0;
}

#endif
