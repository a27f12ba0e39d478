/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the programs of `--engine stream` and the collector agree on, beside ior.h: every half of a call in scope is one
 * record of the ring "events". src/collector/live/abi.ts holds the same fields in the same order.
 *
 * A record is a struct ior_event and what its kind says: after IOR_EVENT_ENTER six arguments, after _EXIT and _EXEC the
 * strings (path, then path2), after _MADE and _HAD a struct ior_name.
 */
#ifndef IOR_STREAM_H
#define IOR_STREAM_H

enum ior_event_kind {
	IOR_EVENT_ENTER = 1,
	IOR_EVENT_EXIT,		/* ret: the result; flags: those of open_how */
	IOR_EVENT_FORK,		/* tid, pid: the child's; ret: the parent's tid; flags: CLONE_FILES, _FS, _THREAD */
	IOR_EVENT_EXEC,		/* a successful execve is over; ret: the tid of the thread that called it */
	IOR_EVENT_END,
	IOR_EVENT_MADE,		/* before the exit of the call: what is behind descriptor `ret` that it made or renamed */
	IOR_EVENT_SIGNAL,	/* a handler is about to run; flags: 1 for SA_RESTART */
	IOR_EVENT_HAD,		/* what was behind descriptor `ret` before anything was seen; flags: 1 for close-on-exec */
};

/* In place of a descriptor, in `ret` of _MADE and _HAD. */
#define IOR_CWD -100
#define IOR_ROOT -101

#define IOR_NO_STRING 0xffff	/* as a length: there is none, or it could not be read */

struct ior_event {
	__u64 time_ns;		/* CLOCK_MONOTONIC */
	__s64 ret;
	__u64 flags;
	__u32 tid;
	__u32 pid;
	__u32 uid;
	__u32 pad;
	__u16 kind;
	__u16 nr;
	__u16 path_len;		/* of _EXIT and _EXEC */
	__u16 path2_len;
	char comm[IOR_COMM];	/* of tid, at the time of the event */
};

/* Which calls are recorded, and what of them besides registers. Positions of arguments, -1 for none. */
struct ior_stream_row {
	__u8 select;		/* 1: recorded */
	__u8 makes;		/* enum ior_makes */
	__u8 execs;
	__s8 path;
	__s8 path2;
	__s8 made;		/* the argument that IOR_MAKES_* looks at */
	__s8 how;		/* struct open_how */
	__u8 pad;
};

enum ior_makes {
	IOR_MAKES_NOTHING,
	IOR_MAKES_RESULT,	/* the descriptor that the call returns */
	IOR_MAKES_PAIR,		/* two descriptors in memory: pipe, socketpair */
	IOR_MAKES_RECEIVED,	/* those in the control messages of a struct msghdr */
	IOR_MAKES_RECEIVED_MANY,	/* the same of as many struct mmsghdr as the call returned */
	IOR_MAKES_NAME,		/* another name for what the descriptor leads to: connect, bind */
	IOR_MAKES_CWD,
	IOR_MAKES_ROOT,
};

struct ior_stream_counters {
	__u64 sent;
	__u64 dropped;		/* the ring was full */
	__u64 compat;		/* 32-bit calls */
	__u64 not_stored;	/* no task storage: the task's calls are missing */
	__u64 names_cut;
	__u64 paths_unreadable;
	__u64 not_received;	/* control messages with more descriptors than are looked at */
};

_Static_assert(sizeof(struct ior_event) == 64, "ior_event");
_Static_assert(sizeof(struct ior_stream_row) == 8, "ior_stream_row");
_Static_assert(sizeof(struct ior_stream_counters) == 7 * 8, "ior_stream_counters");

#endif
