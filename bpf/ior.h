/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the kernel side and the collector agree on. src/collector/live/abi.ts holds the same fields in the same order;
 * the sizes are asserted here and compared with the object's BTF when it is loaded.
 *
 * One call is: sys_enter (remember what closing or renaming would destroy) ... sys_exit (name it, add it to a cell).
 * A cell is keyed by struct ior_key and holds struct ior_cell. The name of a file travels apart from its cells, as a
 * struct ior_name in the ring "names", keyed by struct ior_file.
 */
#ifndef IOR_H
#define IOR_H

#define IOR_SYSCALLS 512	/* rows of the table; x32 numbers (bit 30) lie above and are left out */
#define IOR_COMM 16
#define IOR_PATH 4096		/* PATH_MAX, the NUL included */
#define IOR_NAME 256		/* NAME_MAX + 1 */
#define IOR_TARGETS 32		/* of --pid, --tid, --user and --cgroup, each */
#define IOR_STEPS 160		/* path components and mounts that a walk climbs at most */

enum ior_type {
	IOR_NONE,
	IOR_PATHNAME,
	IOR_FILE,
	IOR_DIR,
	IOR_BLOCK,
	IOR_MEM,
	IOR_CHAR,
	IOR_TTY,
	IOR_PIPE,
	IOR_SOCKET,
	IOR_ANON,
	IOR_TYPES = 16,
};

/*
 * The identity of a file, mixed down to 128 bits: see "Identity of a file" in ARCHITECTURE.md for what it tells apart
 * and why. `where` comes from the mount and the dentry (without a name: filesystem), `what` from i_generation, the name
 * and the names of all ancestors (without a name: i_ino and i_generation).
 */
struct ior_file {
	__u64 where;
	__u64 what;
};

struct ior_key {
	struct ior_file file;
	char comm[IOR_COMM];
	__u32 cpu;		/* so that plain adds do; user space adds the CPUs up */
	__u16 nr;
	__u8 type;
	__u8 pad0;
	/* below: only when a field is asked for that needs it; the map's key ends above otherwise */
	__u32 pid;
	__u32 tid;
	__u32 uid;
	__u32 pad1;
	__u64 extra;		/* hash of a struct ior_extra */
};
#define IOR_KEY_SHORT 40

/* Fields that few ask for, behind one word of the key; travels as a name does, in an IOR_NAME_EXTRA. */
struct ior_extra {
	__u64 cgroup;
	__u64 tree;		/* of an IOR_NAME_TREE */
	char program[IOR_COMM];	/* comm of the process's leader */
	__u32 flags;		/* of the open file; IOR_NO_FLAGS */
	__u32 error;		/* errno, 0 for none */
};
#define IOR_NO_FLAGS 0xffffffff
#define IOR_PROGRAMS 16		/* of a tree at most */

/* Bits of config.extra: which fields of struct ior_extra are asked for; the others are 0. */
#define IOR_BY_CGROUP 1
#define IOR_BY_TREE 2
#define IOR_BY_PROGRAM 4
#define IOR_BY_FLAGS 8
#define IOR_BY_ERROR 16

struct ior_cell {
	__u64 calls;
	__u64 errors;
	__u64 duration_ns;
	__u64 max_ns;
	__u64 bytes;
	__u64 gap_ns;
	__u64 inode;		/* for the name of last resort */
	__u64 named;		/* the file's name is on its way */
};

/*
 * A cell in front of the map: one of IOR_SLOTS of a CPU, found without a hash map's lookup (46 ns of a call's 250). It
 * moves to the map when another key wants the slot. There are two sets, by the parity of the generation: user space
 * starts the next one, waits until no program writes the old one, and reads that.
 */
struct ior_slot {
	struct ior_key key;
	__u32 generation;	/* a slot of another generation is empty */
	__u32 pad;
	struct ior_cell cell;
};
#define IOR_SLOTS 512		/* 68 KiB a CPU and set */

/* One row of the table; positions of arguments, -1 for none. src/syscalls/row.ts says what each means. */
struct ior_syscall {
	__u8 select;		/* IOR_SELECT_* */
	__u8 flags;		/* IOR_ROW_* */
	__s8 fd;
	__s8 path;
	__s8 dirfd;
	__s8 at_most;
	__s8 test_arg;		/* the argument that no_bytes or without looks at */
	__s8 message;		/* struct msghdr: MSG_TRUNC in test_arg reports more than its buffers took */
	__u32 no_bytes;		/* with these bits set the returned bytes were not moved */
	__u32 without;		/* with these bits set the call has no descriptor */
};

#define IOR_SELECT 1		/* wanted */
#define IOR_SELECT_WITHOUT 2	/* wanted when one of the bits of `without` is set */
#define IOR_SELECT_RESUMED 4	/* restart_syscall: wanted as the rest of another call */

#define IOR_ROW_CWD 1		/* the call is about the cwd */
#define IOR_ROW_BYTES 2		/* a result above 0 is a number of bytes */
#define IOR_ROW_OPENS 4		/* a result of 0 or more is a descriptor that names the call */
#define IOR_ROW_CLOSES 8	/* the file may be gone at exit: name it at enter */
#define IOR_ROW_EXEC 16		/* the strings are gone after success, the comm has changed */

enum ior_name_kind {
	IOR_NAME_WALK = 1,	/* components from the leaf up to the root, each followed by '/' */
	IOR_NAME_STRING,	/* the string a path call was given; base is the directory it starts from */
	IOR_NAME_LONE,		/* d_name of an object that is in no directory: memfd:x, [eventfd] */
	IOR_NAME_SOCKET,	/* struct ior_socket */
	IOR_NAME_EXTRA,		/* struct ior_extra; file.where is its hash */
	IOR_NAME_TREE,		/* comms of programs from the process up to the command or init; file.where is their hash */
};

#define IOR_NAME_DELETED 1	/* first seen when it was already deleted */
#define IOR_NAME_CUT 2		/* the front is missing: over 4096 bytes or IOR_STEPS components */
#define IOR_NAME_DETACHED 4	/* the walk ended below the root of the namespace: a lazily unmounted tree */

struct ior_name {
	struct ior_file file;
	struct ior_file base;	/* IOR_NAME_STRING: where it starts from */
	struct ior_file root;	/* and the root of the process, above which `..` does not lead */
	__u32 kind;
	__u32 flags;
	__u32 type;
	__u32 len;		/* bytes of data in use */
	__u32 magic;		/* of the filesystem (linux/magic.h), for IOR_NAME_LONE */
	__u32 mount;		/* where in the data of an IOR_NAME_WALK the mountpoint begins */
	char data[IOR_PATH + IOR_NAME + 8];
};

struct ior_socket {
	__u16 family;
	__u16 type;
	__u16 protocol;
	__u16 peer_port;	/* host order; 0: not connected */
	__u16 local_port;
	__u16 passive;		/* listening, or accepted by a listener */
	__u8 peer[16];		/* IPv4 in the first four */
};

/*
 * What every enter in scope came to, and what was lost. User space adds the CPUs up:
 * enters = folded + left_out + overflowed + superseded + mismatched + never_returned + unfinished, and the last are told by
 * an iterator at the stop.
 */
struct ior_counters {
	__u64 enters;
	__u64 exits;		/* of those, seen to return */
	__u64 folded;
	__u64 left_out;		/* of a file type that was not asked for */
	__u64 overflowed;	/* counted, but without the file's name */
	__u64 superseded;	/* another enter came before the exit */
	__u64 mismatched;	/* the exit was that of another call */
	__u64 never_returned;	/* the task ended inside the call */
	__u64 unmatched_exits;	/* an exit without an enter */
	__u64 compat;		/* 32-bit calls */
	__u64 not_stored;	/* no task storage: the call was not traced */
	__u64 cells_full;	/* inserts refused with E2BIG */
	__u64 cells_busy;	/* inserts refused for any other reason */
	__u64 names_sent;
	__u64 names_deferred;	/* the ring was full: tried again at the next call */
	__u64 names_stale;	/* the file was gone before it could be named */
	__u64 names_cut;
	__u64 paths_unreadable;	/* the call's string could not be read */
	__u64 begun_before;	/* of the enters, calls that were already running when the trace began */
	__u64 restarted;	/* exits that were none: the kernel made the call again */
};

/* A call that is still running at the stop, as the iterator tells it. */
struct ior_unfinished {
	struct ior_key key;	/* file: 0 when the name is a string */
	struct ior_extra extra;
	struct ior_file base;	/* where a string starts from */
	__u64 start_ns;
	__u64 gap_ns;
	__u64 inode;
	__u64 string;		/* its address in the task's memory; 0: none */
};

/* Set by user space before the load; the verifier sees constants and drops what is switched off. */
struct ior_config {
	__u8 everything;	/* every task is in scope; otherwise those that descend from the command */
	__u8 by_comm;
	__u8 by_pid;
	__u8 by_tid;
	__u8 by_uid;
	__u8 pad;
	__u16 types;		/* bit n: files of type n are wanted */
	__u32 ring_full;	/* bytes waiting in the ring above which no name is tried */
	__u32 looped;		/* the kernel has bpf_loop */
	__u32 extra;		/* IOR_BY_* */
	__u32 uids;		/* how many of targets.uid are wanted; 0: all */
	__u32 cgroups;		/* and of targets.cgroup, with those below them */
	__u32 follow;		/* children of targets.pid are in scope with them */
};

/* Filled by user space after the load; takes no room in the object. */
struct ior_targets {
	__u64 cgroup[IOR_TARGETS];
	__u32 uid[IOR_TARGETS];
	__u32 pid[IOR_TARGETS];		/* of --pid and --tid, 0 for none */
	__u32 tid[IOR_TARGETS];
};

/* Written and read while tracing, through one mapped view. */
struct ior_control {
	__u32 epoch;		/* names sent in an earlier epoch are sent again */
	__u32 tracer;		/* our own tgid, as the kernel counts it */
	__u32 launching;	/* the next child that the tracer forks is the command after so many execves */
	__u32 generation;	/* of the slots in front of the cells */
	__u64 cells;		/* inserted since user space last set it to 0 */
	__u64 processes;	/* of the followed command, alive now */
	__u64 ns;		/* our pid namespace, and how many lie above it */
	__u32 level;
	__u32 pad;
};

_Static_assert(sizeof(struct ior_key) == 64, "ior_key");
_Static_assert(__builtin_offsetof(struct ior_key, pid) == IOR_KEY_SHORT, "ior_key's short form");
_Static_assert(sizeof(struct ior_extra) == 40, "ior_extra");
_Static_assert(sizeof(struct ior_cell) == 64, "ior_cell");
_Static_assert(sizeof(struct ior_slot) == 136, "ior_slot");
_Static_assert(sizeof(struct ior_syscall) == 16, "ior_syscall");
_Static_assert(sizeof(struct ior_name) == 72 + IOR_PATH + IOR_NAME + 8, "ior_name");
_Static_assert(sizeof(struct ior_socket) == 28, "ior_socket");
_Static_assert(sizeof(struct ior_counters) == 20 * 8, "ior_counters");
_Static_assert(sizeof(struct ior_config) == 32, "ior_config");
_Static_assert(sizeof(struct ior_targets) == 8 * IOR_TARGETS + 3 * 4 * IOR_TARGETS, "ior_targets");
_Static_assert(sizeof(struct ior_unfinished) == 152, "ior_unfinished");
_Static_assert(sizeof(struct ior_control) == 48, "ior_control");

#endif
