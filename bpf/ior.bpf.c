// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kernel side of ior-flame: pairs each sys_enter with its sys_exit, names the file at the moment of the call, and
 * adds the result to a cell. In: system calls. Out: the maps "cells", "overflow", "left_out", "counters" and the ring
 * "names". It knows no system call by its name: user space fills the table "syscalls" (src/syscalls/).
 *
 * Invariants
 * - Every enter in scope has exactly one end, and each end has a counter (struct ior_counters). A call that the kernel makes
 *   again after a signal is one call, entered once.
 * - Nothing waits and nothing wakes user space, which polls.
 * - Plain adds into per-CPU data are exact because tracepoints run with preemption off (5.11 to 6.18).
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include "ior.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile struct ior_config config SEC(".rodata.config") = {};
struct ior_control control SEC(".data.control") = {};
struct ior_targets targets SEC(".bss.targets");

#include "kernel.h"
#include "files.h"

/* Where the name of the running call's file comes from at exit. */
enum source {
	FROM_NOTHING,
	FROM_FILE,	/* the file is identified, and mnt and dentry still lead to it */
	FROM_STRING,	/* mnt and dentry are the directory that a relative string starts from */
	FROM_RING,	/* identified, and its name was sent when there was still something to read */
};

/*
 * A call whose exit was none: the kernel will make it again, or end it with EINTR, and only the delivery of a signal tells
 * which (handle_signal(), arch/x86/kernel/signal.c).
 */
struct pending {
	__u64 start_ns;		/* 0: there is none */
	__u64 gap_ns;
	__u64 ip;		/* the call is made again from the same place */
	__u64 sp;
	__u64 inode;
	struct ior_file file;
	__u16 nr;
	__s16 ret;
	__u8 type;
	__u8 handled;		/* a handler runs before the call is made again */
	__u8 returned;		/* it has returned */
	__u8 pad;
};

struct call {
	__u64 start_ns;		/* 0: none is running */
	__u64 last_end_ns;	/* end of the thread's previous call in scope */
	__u64 gap_ns;		/* before this one */
	union {
		struct ior_file file;
		struct {	/* FROM_STRING: the root of the process, which chroot changes */
			__u64 root_mnt;
			__u64 root_dentry;
		};
	};
	__u64 mnt;
	__u64 dentry;
	union {
		__u64 hash_len;	/* FROM_STRING: of dentry at enter, tells at exit whether the pointers still hold */
		__u64 inode;	/* FROM_RING: for the name of last resort */
	};
	__u32 nr;
	__u8 type;		/* enum ior_type */
	__u8 source;
	__u8 scope;
	__u8 seen;		/* has entered: an exit without an enter counts */
	__u32 ended;		/* of a group's leader: control.processes has been told */
	char comm[IOR_COMM];	/* before execve */
	struct pending pending;
	__u32 flags;		/* of the open file */
	__u32 pad;
	__u64 tree;		/* of a process's leader; 0: not known yet */
};

#define SKIPPED 0x80000000u	/* in call.nr: the running call is not traced, let its exit pass */

struct known_name {
	__u32 epoch;
	__u32 seen_alive;
	__u64 peer;		/* of a socket: changes when it is connected or bound */
};

struct scratch {
	struct walker walk;
	struct ior_name string;
	__u64 base_mnt;		/* where the string starts from */
	__u64 base_dentry;
	__u64 base_type;
	__u64 root_mnt;		/* above which `..` does not lead */
	__u64 root_dentry;
	struct ior_extra extra;
	struct ior_key key;	/* of settle() and suspend(): see kernel.h about the stack */
	struct ior_cell cell;
	/* no room, but a place in the object's BTF, where user space compares sizes */
	struct ior_key key_layout[0];
	struct ior_socket socket_layout[0];
	struct ior_unfinished unfinished_layout[0];
};

struct cell_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	/* no BTF for key and value: 6.1 refuses to put a map without BTF in the place of one with BTF */
	__uint(key_size, sizeof(struct ior_key));
	__uint(value_size, sizeof(struct ior_cell));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__array(values, struct cell_map);
} cells SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * IOR_SLOTS);
	__type(key, __u32);
	__type(value, struct ior_slot);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__uint(max_entries, IOR_SYSCALLS);
	__type(key, __u32);
	__type(value, struct ior_syscall);
} syscalls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct call);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct ior_file);
	__type(value, struct known_name);
} known_names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, IOR_SYSCALLS);
	__type(key, __u32);
	__type(value, struct ior_cell);
} overflow SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, IOR_TYPES);
	__type(key, __u32);
	__type(value, struct ior_cell);
} left_out SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ior_counters);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

static const __u32 zero = 0;

#define COUNT(field)                                                                   \
	({                                                                             \
		struct ior_counters *__counters = bpf_map_lookup_elem(&counters, &zero); \
		if (__counters)                                                        \
			__counters->field++;                                           \
	})

#include "follow.h"

#define MIX 0x9e3779b97f4a7c15ull	/* 2^64 / golden ratio: Fibonacci hashing */

static __always_inline __u64 mixed(__u64 hash, __u64 value)
{
	hash = (hash ^ value) * MIX;
	return hash ^ (hash >> 32);
}

/* Hash of the name of an anonymous inode: all eventfds share one inode, and their name tells them from timerfds. */
static __always_inline __u64 lone_name(struct dentry *dentry)
{
	__u64 words[4] = {};

	bpf_probe_read_kernel_str(words, sizeof(words), PROBE(dentry, d_name.name));
	return mixed(mixed(mixed(mixed(1, words[0]), words[1]), words[2]), words[3]);
}

/*
 * Which mount, and where: one that is moved, or whose mountpoint or a directory above that is renamed, keeps its number.
 */
static __always_inline __u64 identify_mount(int typed, __u64 mnt)
{
	struct mount *mount = (struct mount *)(mnt - bpf_core_field_offset(struct mount, mnt));
	__u64 which = MOUNT_NUMBER(typed, mount);
	struct dentry *dentry = READ(typed, mount, mnt_mountpoint);
	__u64 where = which * MIX + READ(typed, dentry, d_name.hash_len);

#pragma clang loop unroll(disable)
	for (int i = 0; i < (typed ? 16 : 2); i++) {
		struct dentry *parent = READ(typed, dentry, d_parent);

		if (parent == dentry)
			break;
		dentry = parent;
		where = mixed(where, READ(typed, dentry, d_name.hash));
	}
	return where;
}

/*
 * What is in no directory: pipes, sockets, memfds, anonymous inodes, O_TMPFILE, and the root of each filesystem. By mount
 * and inode, or for eventfds by name.
 */
__noinline __u32 identify_nameless(__u64 mnt, __u64 at, __u32 type, struct ior_file *file)
{
	struct dentry *dentry = (struct dentry *)at;
	struct inode *inode = PROBE(dentry, d_inode);
	struct super_block *sb = PROBE(inode, i_sb);
	__u64 magic = PROBE(sb, s_magic);

	if (!file)
		return type;
	/* the magic and not the mode: since 6.16 (commit cfd86ef7e8e7) anonymous inodes bear S_IFREG */
	file->where = mixed(identify_mount(0, mnt), magic << 32 | PROBE(sb, s_dev));
	if (magic == ANON_INODE_FS_MAGIC) {
		file->what = lone_name(dentry);
		return IOR_ANON;
	}
	file->what = mixed(mixed(1, PROBE(inode, i_ino)), PROBE(inode, i_generation));
	return magic == PID_FS_MAGIC || magic == NSFS_MAGIC ? IOR_ANON : type;
}

/*
 * The identity of what mnt and dentry lead to. Returns its type (enum ior_type). Mixing in the generation and all
 * ancestors' hashes keeps a recycled dentry or inode from taking over the name of the file that had it before, and
 * makes a rename of any directory above a new identity.
 */
static __always_inline __u32 identify_here(int typed, __u64 mnt, __u64 at, struct ior_file *file)
{
	struct dentry *dentry = (struct dentry *)at;
	struct inode *inode = READ(typed, dentry, d_inode);
	__u64 hash_len, what;
	__u32 type;

	if (!inode) {
		file->where = file->what = 0;
		return IOR_NONE;
	}
	type = type_of(typed, READ(typed, inode, i_mode), inode);
	hash_len = READ(typed, dentry, d_name.hash_len);
	if (!(__u32)hash_len)
		return identify_nameless(mnt, at, type, file);
	file->where = mixed(identify_mount(typed, mnt), at);
	what = mixed(READ(typed, inode, i_generation) * MIX, hash_len);
#pragma clang loop unroll(disable)
	/* a probe read a step is dear: kernels without bpf_rdonly_cast get three ancestors */
	for (int i = 0; i < (typed ? 32 : 3); i++) {
		struct dentry *parent = READ(typed, dentry, d_parent);

		if (parent == dentry)
			break;
		dentry = parent;
		what = mixed(what, READ(typed, dentry, d_name.hash));
	}
	file->what = what;
	return type;
}

/*
 * The same for callers that are not the hot path. This and the other functions without `static` are global: the
 * verifier checks each once and not in every place that calls it (570,000 instructions of sys_exit became 20,000).
 */
__noinline __u32 identify(__u64 mnt, __u64 at, struct ior_file *file)
{
	if (!file)
		return IOR_NONE;
	return identify_here(TYPED, mnt, at, file);
}

/* The file behind a descriptor of the task and its identity. `inlined` is a constant: 1 only where it is the hot path. */
static __always_inline void take_file(int inlined, struct task_struct *task, struct call *call, int fd)
{
	int typed = inlined && TYPED;

	if (!find_file(typed, task, fd, &call->mnt, &call->dentry))
		return;
	call->type = typed ? identify_here(1, NUMBER(call->mnt), NUMBER(call->dentry), &call->file) :
			     identify(NUMBER(call->mnt), NUMBER(call->dentry), &call->file);
	call->source = FROM_FILE;
}

/* The directory that a relative name starts from. Only the pointers: whether they are needed shows at exit. */
static __always_inline void take_base(struct task_struct *task, struct call *call, int dirfd)
{
	struct fs_struct *fs = task->fs;

	call->source = FROM_STRING;
	call->dentry = call->root_dentry = 0;
	if (!fs)
		return;
	call->root_mnt = (__u64)fs->root.mnt;
	call->root_dentry = (__u64)fs->root.dentry;
	if (dirfd == AT_FDCWD) {
		call->mnt = (__u64)fs->pwd.mnt;
		call->dentry = (__u64)fs->pwd.dentry;
	} else if (!find_file(0, task, dirfd, &call->mnt, &call->dentry)) {
		return;
	}
	call->hash_len = READ(TYPED, (struct dentry *)NUMBER(call->dentry), d_name.hash_len);
}

/* Whether what take_base() took still leads to the same: another thread, or the call, may have let go of it. */
static __always_inline int base_is_there(struct call *call)
{
	return call->dentry && READ(TYPED, (struct dentry *)NUMBER(call->dentry), d_name.hash_len) == call->hash_len;
}

static __always_inline int same_file(const struct ior_file *a, const struct ior_file *b)
{
	return a->where == b->where && a->what == b->what;
}

static __always_inline int is_of_now(const struct known_name *known)
{
	return known && known->epoch == control.epoch;
}

static __noinline int name_is_known(const struct ior_file *file)
{
	return is_of_now(LOOKUP_GIVEN(&known_names, file));
}

static __always_inline int ring_is_full(void)
{
	return bpf_ringbuf_query(&names, BPF_RB_AVAIL_DATA) > config.ring_full;
}

/* Puts one record into the ring. Returns 1 when it is on its way. */
static __noinline int send(struct ior_name *name, struct known_name *known)
{
	__u64 size = name->len;

	if (size > sizeof(name->data))
		size = sizeof(name->data);
	size += offsetof(struct ior_name, data);
	if (ring_is_full() || bpf_ringbuf_output(&names, name, size, BPF_RB_NO_WAKEUP)) {
		COUNT(names_deferred);
		return 0;
	}
	known->epoch = control.epoch;
	bpf_map_update_elem(&known_names, &name->file, known, BPF_ANY);
	COUNT(names_sent);
	if (name->flags & IOR_NAME_CUT)
		COUNT(names_cut);
	return 1;
}

/*
 * Sends the name of the file of that identity and type, which mnt and dentry lead to, unless it is known already.
 * Returns 1 when user space has or will have the name.
 */
__noinline int name_file(const struct ior_file *file, __u32 type, __u64 mnt, __u64 at)
{
	struct dentry *dentry = (struct dentry *)at;
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	struct known_name known = {}, *before;
	struct ior_name *name;
	int fresh;

	if (!s || !file)
		return 0;
	name = &s->walk.name;
	name->file = *file;
	name->type = type;
	name->flags = 0;
	before = bpf_map_lookup_elem(&known_names, &name->file);
	fresh = before && before->epoch == control.epoch;
	if (is_bare_socket(type, dentry)) {
		struct ior_socket *socket = write_socket(&s->walk, dentry);

		known.peer = (__u64)socket->peer_port << 32 | (__u64)socket->local_port << 1 | socket->passive;
		if (fresh && before->peer == known.peer)
			return 1;
		return send(name, &known);
	}
	if (fresh)
		return 1;
	if (ring_is_full()) {
		COUNT(names_deferred);
		return 0;
	}
	/* a file that was seen alive keeps the name it had then */
	known.seen_alive = 1;
	if (is_deleted(dentry)) {
		known.seen_alive = before && before->seen_alive;
		if (!known.seen_alive)
			name->flags |= IOR_NAME_DELETED;
	}
	write_name(&s->walk, mnt, dentry);
	return send(name, &known);
}

/*
 * 64-bit hash of the len bytes in s->string.data. A step is 32 bytes: the verifier looks at each of the 128, and would need
 * five times as long for 512 steps of eight. What lies behind the string is masked and not overwritten: a load of
 * bytes that two stores have just written waits until both are done.
 */
#define HASH_STEP 32

static __always_inline __u64 hash_string(struct scratch *s, __u64 len)
{
	const __u64 *words = (const __u64 *)s->string.data;
	__u64 hash = len + 1, at = 0, word;

#pragma clang loop unroll(disable)
	for (; at < IOR_PATH / 8 - 4; at += 4) {
		if (at * 8 + HASH_STEP > len)
			break;
		hash = mixed(mixed(mixed(mixed(hash, words[at]), words[at + 1]), words[at + 2]), words[at + 3]);
	}
#pragma clang loop unroll(disable)
	for (int i = 0; i < 4; i++, at++) {
		word = words[at & (IOR_PATH / 8 - 1)];
		if (at * 8 + 8 > len)
			return mixed(hash, word & ((1ull << (len & 7) * 8) - 1));
		hash = mixed(hash, word);
	}
	return hash;
}

/* Whether the string at `at` goes on where IOR_PATH bytes of it end; the kernel refuses it then. */
static __always_inline int is_longer(__u64 at)
{
	char letter = 0;

	bpf_probe_read_user(&letter, 1, (void *)(at + IOR_PATH - 1));
	return letter;
}

/*
 * The identity of the string in the scratch (len bytes, the NUL not counted), which starts from the call's directory or
 * for an absolute one from its root. It and the base stay in the scratch for name_string().
 */
__noinline int identify_string(struct call *call, __u64 len)
{
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	__u64 mnt = 0, dentry = 0;
	struct ior_file base = {};
	struct ior_name *name;

	if (!s || !call)
		return 0;
	name = &s->string;
	if (name->data[0] == '/') {
		mnt = call->root_mnt;
		dentry = call->root_dentry;
	} else if (base_is_there(call)) {
		mnt = call->mnt;
		dentry = call->dentry;
	}
	s->root_mnt = call->root_mnt;
	s->root_dentry = call->root_dentry;
	s->base_type = dentry ? identify(mnt, dentry, &base) : IOR_NONE;
	name->kind = IOR_NAME_STRING;
	name->type = IOR_PATHNAME;
	name->len = len;
	name->base = base;
	name->file.where = mixed(mixed(1, base.where), base.what);
	name->file.what = hash_string(s, len);
	s->base_mnt = mnt;
	s->base_dentry = dentry;
	return 1;
}

/* Sends the string that identify_string() left in the scratch, and the directory that it starts from. */
__noinline int name_string(void)
{
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	struct known_name known = {};

	if (!s)
		return 0;
	if (name_is_known(&s->string.file))
		return 1;
	if (s->base_dentry && !name_file(&s->string.base, s->base_type, s->base_mnt, s->base_dentry))
		return 0;
	if (s->root_dentry) {
		identify(s->root_mnt, s->root_dentry, &s->string.root);
		if (!name_file(&s->string.root, IOR_DIR, s->root_mnt, s->root_dentry))
			return 0;
	}
	return send(&s->string, &known);
}

static __always_inline void add(struct ior_cell *cell, __u64 calls, __u64 errors, __u64 duration, __u64 max, __u64 bytes,
				__u64 gap)
{
	cell->calls += calls;
	cell->errors += errors;
	cell->duration_ns += duration;
	if (max > cell->max_ns)
		cell->max_ns = max;
	cell->bytes += bytes;
	cell->gap_ns += gap;
}

static __always_inline void add_cell(struct ior_cell *to, const struct ior_cell *from)
{
	add(to, from->calls, from->errors, from->duration_ns, from->max_ns, from->bytes, from->gap_ns);
}

/* Whether a key goes beyond IOR_KEY_SHORT. */
static __always_inline int is_long(void)
{
	return config.by_pid || config.by_tid || config.by_uid || config.extra;
}

static __always_inline int same_key(const struct ior_key *a, const struct ior_key *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3] && x[4] == y[4] &&
	       (!is_long() || (x[5] == y[5] && x[6] == y[6] && x[7] == y[7]));
}

/* Which slot of a set a key belongs in. The identity's halves are mixed already. */
static __always_inline __u32 slot_of(const struct ior_key *key)
{
	const __u64 *words = (const __u64 *)key;
	__u64 hash = words[0] ^ words[1] ^ words[2] ^ words[4];

	if (is_long())
		hash ^= words[5] ^ words[6] ^ words[7];
	return hash * MIX >> (64 - 9);
}
_Static_assert(IOR_SLOTS == 1 << 9, "slot_of");

/* Moves what a slot holds into the map of cells, or when it has no room to the overflow cell of its system call. */
static __noinline int flush(struct ior_slot *slot)
{
	struct ior_cell *from = &slot->cell, *to;
	struct ior_counters *counts = bpf_map_lookup_elem(&counters, &zero);
	void *map = bpf_map_lookup_elem(&cells, &zero);
	__u32 nr = slot->key.nr;
	int err;

	if (!map || !counts)
		return 0;
	to = bpf_map_lookup_elem(map, &slot->key);
	if (!to) {
		err = UPDATE(map, &slot->key, from, BPF_NOEXIST);
		if (!err) {
			__sync_fetch_and_add(&control.cells, 1);
			return 0;
		}
		if (err == -E2BIG)
			counts->cells_full++;
		else
			counts->cells_busy++;
		to = bpf_map_lookup_elem(&overflow, &nr);
		if (!to)
			return 0;
		counts->folded -= from->calls;
		counts->overflowed += from->calls;
	}
	add_cell(to, from);
	to->inode = from->inode;
	to->named |= from->named;
	return 0;
}

/* Whether user space has or will have the name of the call's file; asked when a slot takes a new key. */
static __noinline int name_call(struct call *call, const struct ior_key *key, struct ior_cell *cell,
				     struct ior_counters *counts)
{
	struct ior_file now_there;

	switch (call->source) {
	case FROM_STRING:
		return name_string();
	case FROM_RING:
		cell->inode = call->inode;
		return name_is_known(&key->file);
	case FROM_FILE:
		/* a socket's name may have changed */
		if (key->type != IOR_SOCKET && name_is_known(&key->file))
			return 1;
		/* another thread may have closed the file since: only what is still the same may be walked */
		identify(call->mnt, call->dentry, &now_there);
		if (!same_file(&now_there, &key->file)) {
			counts->names_stale++;
			return 0;
		}
		if (name_file(&key->file, key->type, call->mnt, call->dentry))
			return 1;
		cell->inode = PROBE(PROBE((struct dentry *)call->dentry, d_inode), i_ino);
		return 0;
	}
	return 1;
}

static __always_inline struct ior_slot *find_slot(const struct ior_key *key, __u32 generation)
{
	__u32 index = slot_of(key) + (generation & 1) * IOR_SLOTS;

	return bpf_map_lookup_elem(&slots, &index);
}

/* Tells user space once an epoch what take_extra() has left in the scratch. */
__noinline int name_extra(__u64 hash)
{
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	struct known_name known = {};
	struct ior_name *name;

	if (!s)
		return 0;
	name = &s->walk.name;
	name->file.where = hash;
	name->file.what = IOR_NAME_EXTRA;
	if (name_is_known(&name->file))
		return 1;
	name->kind = IOR_NAME_EXTRA;
	name->flags = 0;
	name->len = sizeof(s->extra);
	__builtin_memcpy(name->data, &s->extra, sizeof(s->extra));
	return send(name, &known);
}

/* One process further up, with the cursors in memory: see climb(). Returns 1 when that was the last. */
static __always_inline int climb_tree(struct walker *w, int is_last)
{
	struct task_struct *at = (struct task_struct *)w->dentry, *parent;
	__u64 used = w->used, words[2] = {};

	parent = PROBE(PROBE(at, real_parent), group_leader);
	if (!parent || parent == at || !PROBE(parent, pid) || PROBE(parent, tgid) == control.tracer)
		is_last = 1;
	/* one that was forked and has not called execve is the program of its parent */
	if (is_last || !(PROBE(at, flags) & PF_FORKNOEXEC)) {
		bpf_probe_read_kernel(words, sizeof(words), &at->comm);
		BOUNDED(used, 255);
		__builtin_memcpy(&w->name.data[used], words, sizeof(words));
		w->mnt = mixed(mixed(w->mnt, words[0]), words[1]);
		w->used = used + IOR_COMM;
	}
	w->dentry = (__u64)parent;
	return is_last || w->used == IOR_PROGRAMS * IOR_COMM;
}
_Static_assert(IOR_PROGRAMS * IOR_COMM == 256, "climb_tree");

/* The programs that a process descends from, up to the command or init: a number, and what it stands for to user space. */
__noinline __u64 tree_of(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	struct call *leader = bpf_task_storage_get(&calls, task->group_leader, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct known_name known = {};
	struct ior_name *name;

	if (!s || !leader)
		return 0;
	if (leader->tree)
		return leader->tree;
	s->walk.dentry = (__u64)task->group_leader;
	s->walk.mnt = 1;
	s->walk.used = 0;
#pragma clang loop unroll(disable)
	for (int i = 0; i < 2 * IOR_PROGRAMS; i++)
		if (climb_tree(&s->walk, i == 2 * IOR_PROGRAMS - 1))
			break;
	name = &s->walk.name;
	name->file.where = s->walk.mnt;
	name->file.what = IOR_NAME_TREE;
	name->kind = IOR_NAME_TREE;
	name->flags = 0;
	name->len = s->walk.used;
	if (name_is_known(&name->file) || send(name, &known))
		leader->tree = s->walk.mnt;
	return s->walk.mnt;
}

/* What few fields need, into the scratch; returns its hash. */
__noinline __u64 take_extra(__u32 flags, __u32 error)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	__u64 hash = 1, *words;

	if (!s)
		return 0;
	__builtin_memset(&s->extra, 0, sizeof(s->extra));
	if (config.extra & IOR_BY_CGROUP)
		s->extra.cgroup = bpf_get_current_cgroup_id();
	if (config.extra & IOR_BY_TREE)
		s->extra.tree = tree_of();
	if (config.extra & IOR_BY_PROGRAM)
		__builtin_memcpy(s->extra.program, task->group_leader->comm, IOR_COMM);
	if (config.extra & IOR_BY_FLAGS)
		s->extra.flags = flags;
	if (config.extra & IOR_BY_ERROR)
		s->extra.error = error;
	words = (__u64 *)&s->extra;
	for (int i = 0; i < sizeof(s->extra) / 8; i++)
		hash = mixed(hash, words[i]);
	return hash;
}

/* Flags of the file behind a descriptor of the current task. */
__noinline __u32 flags_behind(int fd)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct files_struct *files = task->files;
	struct file *file = 0;
	struct fdtable *fdt;

	if (!files)
		return IOR_NO_FLAGS;
	fdt = files->fdt;
	if (!fdt || (__u32)fd >= fdt->max_fds)
		return IOR_NO_FLAGS;
	bpf_probe_read_kernel(&file, sizeof(file), fdt->fd + fd);
	return file ? PROBE(file, f_flags) : IOR_NO_FLAGS;
}

/* Adds a call (`one`) whose key has no slot, no name or a type that is not wanted. */
__noinline int add_slowly(struct call *call, struct ior_key *key, struct ior_cell *one)
{
	struct ior_counters *counts = bpf_map_lookup_elem(&counters, &zero);
	__u32 generation = *(volatile __u32 *)&control.generation, type;
	struct ior_slot *slot;

	if (!call || !key || !one || !counts)
		return 0;
	type = key->type;
	if (!(config.types & 1 << (type & (IOR_TYPES - 1)))) {
		struct ior_cell *cell = bpf_map_lookup_elem(&left_out, &type);

		if (cell)
			add_cell(cell, one);
		counts->left_out++;
		return 0;
	}
	slot = find_slot(key, generation);
	if (!slot)
		return 0;
	if (slot->generation != generation || !same_key(&slot->key, key)) {
		if (slot->generation == generation)
			flush(slot);
		__builtin_memset(&slot->cell, 0, sizeof(slot->cell));
		slot->key = *key;
		slot->generation = generation;
	}
	if (!slot->cell.named)
		slot->cell.named = name_call(call, key, &slot->cell, counts) && (!config.extra || name_extra(key->extra));
	add_cell(&slot->cell, one);
	counts->folded++;
	return 0;
}

/* What of a key does not depend on the file. cpu, nr and type in one store, as same_key() reads them at once. */
static __always_inline void fill_key(struct ior_key *key, struct task_struct *task, __u32 nr, __u8 type, __u32 flags,
				     __u32 error)
{
	((__u64 *)key)[4] = bpf_get_smp_processor_id() | (__u64)nr << 32 | (__u64)type << 48;
	if (config.by_pid)
		key->pid = number_of(task->group_leader);
	if (config.by_tid)
		key->tid = number_of(task);
	if (config.by_uid)
		key->uid = bpf_get_current_uid_gid();
	if (config.extra)
		key->extra = take_extra(flags, error);
}
_Static_assert(offsetof(struct ior_key, cpu) == 32 && offsetof(struct ior_key, nr) == 36 &&
	       offsetof(struct ior_key, type) == 38, "fill_key");

static __always_inline __u64 gap_before(const struct call *call, __u64 start)
{
	return call->last_end_ns ? start - call->last_end_ns : 0;
}

static __always_inline int in_scope(const struct call *call)
{
	return config.everything || call->scope >= IN_SCOPE;
}

/* The call that was to be made again is over. */
static __noinline int settle(struct call *call, int failed)
{
	struct ior_counters *counts = bpf_map_lookup_elem(&counters, &zero);
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 now = bpf_ktime_get_ns();
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	struct ior_cell *one;

	if (!counts || !s)
		return 0;
	one = &s->cell;
	__builtin_memset(&s->key, 0, sizeof(s->key));
	__builtin_memset(one, 0, sizeof(*one));
	s->key.file = call->pending.file;
	if (config.by_comm)
		__builtin_memcpy(s->key.comm, task->comm, IOR_COMM);
	fill_key(&s->key, task, call->pending.nr, call->pending.type, call->flags, failed ? EINTR : 0);
	one->calls = 1;
	one->errors = failed;
	one->gap_ns = call->pending.gap_ns;
	one->duration_ns = one->max_ns = now - call->pending.start_ns;
	call->source = FROM_RING;
	call->inode = call->pending.inode;
	call->pending.start_ns = 0;
	call->last_end_ns = now;
	counts->exits++;
	add_slowly(call, &s->key, one);
	return 0;
}

/* The running call has left to be made again: keeps what it was, with its file named while that can be done. */
static __noinline int suspend(struct call *call, struct ior_key *key, __u64 ip, __u64 sp, int ret)
{
	struct ior_counters *counts = bpf_map_lookup_elem(&counters, &zero);
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);

	if (!counts || !s)
		return 0;
	if (call->pending.start_ns)
		counts->superseded++;
	s->cell.inode = 0;
	if (config.types & 1 << (key->type & (IOR_TYPES - 1)))
		name_call(call, key, &s->cell, counts);
	call->pending.start_ns = call->start_ns;
	call->pending.gap_ns = call->gap_ns;
	call->pending.ip = ip;
	call->pending.sp = sp;
	call->pending.inode = s->cell.inode;
	call->pending.file = key->file;
	call->pending.nr = call->nr;
	call->pending.ret = ret;
	call->pending.type = key->type;
	call->pending.handled = call->pending.returned = 0;
	call->start_ns = 0;
	counts->restarted++;
	return 0;
}

/* Whether a call that begins is the one that was to be made again. */
static __noinline int is_resumed(struct call *call, __u64 ip, __u64 sp, __u32 nr)
{
	if (call->pending.handled && !call->pending.returned)
		return 0;	/* the handler's own */
	if (ip == call->pending.ip && sp == call->pending.sp && (nr == call->pending.nr || nr == NR_RESTART_SYSCALL))
		return 1;
	settle(call, 1);
	return 0;
}

static __always_inline int uid_is_wanted(struct task_struct *task)
{
	__u32 uid = READ(TYPED, task->real_cred, uid.val);

#pragma clang loop unroll(disable)
	for (int i = 0; i < IOR_TARGETS; i++) {
		if (i >= config.uids)
			break;
		if (targets.uid[i] == uid)
			return 1;
	}
	return 0;
}

/* Deeper ones (cgroup.max.depth) are taken for what lies above. */
#define MOST_CGROUPS 32

/* Whether the task is in one of the cgroups, or below; of version 2, the only one that numbers them for all controllers. */
static __noinline int cgroup_is_wanted(struct task_struct *task)
{
	struct cgroup *cgroup = task->cgroups->dfl_cgrp;
	struct cgroup_subsys_state *above;

#pragma clang loop unroll(disable)
	for (int i = 0; i < MOST_CGROUPS; i++) {
		__u64 id = cgroup->kn->id;

#pragma clang loop unroll(disable)
		for (int j = 0; j < IOR_TARGETS; j++) {
			if (j >= config.cgroups)
				break;
			if (targets.cgroup[j] == id)
				return 1;
		}
		above = cgroup->self.parent;
		if (!above)
			break;
		cgroup = above->cgroup;
	}
	return 0;
}

/* Whether --user and --cgroup let the task through. */
static __always_inline int is_wanted(struct task_struct *task)
{
	return (!config.uids || uid_is_wanted(task)) && (!config.cgroups || cgroup_is_wanted(task));
}

/* include/uapi/linux/socket.h, uio.h: the buffers of a struct msghdr. */
struct message {
	__u64 name, name_len, iov, iov_len;
};

struct buffer {
	__u64 base, len;
};

#define MSG_TRUNC 0x20
#define MOST_BUFFERS 64

/* With MSG_TRUNC the result is the message's whole length: of it was moved what the buffers took. */
__noinline __u64 at_most_message(__u64 at, __u64 bytes)
{
	struct message message = {};
	struct buffer buffer;
	__u64 room = 0;

	if (bpf_probe_read_user(&message, sizeof(message), (void *)at))
		return bytes;
#pragma clang loop unroll(disable)
	for (int i = 0; i < MOST_BUFFERS; i++) {
		if (i >= message.iov_len)
			return room < bytes ? room : bytes;
		if (bpf_probe_read_user(&buffer, sizeof(buffer), (void *)(message.iov + i * sizeof(buffer))))
			return bytes;
		room += buffer.len;
	}
	return bytes;
}

/* Takes what the call may destroy, or others while it runs: its file, or where its name starts from. */
static __always_inline void take_names(int inlined, struct task_struct *task, struct call *call, struct ior_syscall *row,
				       struct pt_regs *regs, int without)
{
	call->source = FROM_NOTHING;
	call->flags = IOR_NO_FLAGS;
	if (row->fd >= 0) {
		int fd = call_argument(regs, row->fd);

		if (!without)
			take_file(inlined, task, call, fd);
		if (config.extra & IOR_BY_FLAGS && inlined && !without)
			call->flags = flags_behind(fd);
	} else if (row->path >= 0 || row->flags & IOR_ROW_CWD) {
		take_base(task, call, row->dirfd >= 0 ? (int)call_argument(regs, row->dirfd) : AT_FDCWD);
	}
}

/* Whatever its number would select as a 64-bit call's: all that are in scope are counted. */
__noinline int count_compat(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct call *call;

	if (!is_wanted(task))
		return 0;
	if (config.everything) {
		if (task->tgid == control.tracer)
			return 0;
	} else {
		call = bpf_task_storage_get(&calls, task, 0, 0);
		if (!call || !in_scope(call))
			return 0;
	}
	COUNT(compat);
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(ior_enter, struct pt_regs *regs, long nr)
{
	struct ior_syscall *row;
	struct task_struct *task;
	struct call *call;
	__u32 index = nr;
	__u64 resumed_ns = 0;
	int without;

	if ((__u64)nr >= IOR_SYSCALLS)
		return 0;
	row = bpf_map_lookup_elem(&syscalls, &index);
	if (!row)
		return 0;
	task = bpf_get_current_task_btf();
	if (!row->select) {
		if (in_compat_call(task))
			count_compat();
		return 0;
	}
	if (!is_wanted(task)) {
		call = task->bpf_storage ? bpf_task_storage_get(&calls, task, 0, 0) : 0;
		if (call)
			call->nr = index | SKIPPED;
		return 0;
	}
	if (config.everything) {
		if (task->tgid == control.tracer)
			return 0;
		call = bpf_task_storage_get(&calls, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (!call) {
			COUNT(not_stored);
			return 0;
		}
	} else {
		if (!task->bpf_storage)
			return 0;	/* a load instead of a helper's call for most of what is out of scope */
		call = bpf_task_storage_get(&calls, task, 0, 0);
		if (!call || call->scope == OUT_OF_SCOPE || (is_launched(call) && !(row->flags & IOR_ROW_EXEC)))
			return 0;
	}
	call->seen = 1;
	if (call->start_ns) {
		COUNT(superseded);
		call->start_ns = 0;
	}
	if (in_compat_call(task)) {
		COUNT(compat);
		call->nr = index | SKIPPED;
		return 0;
	}
	if (call->pending.start_ns && is_resumed(call, regs->ip, regs->sp, index)) {
		resumed_ns = call->pending.start_ns;
		call->pending.start_ns = 0;
		index = call->pending.nr;
		row = bpf_map_lookup_elem(&syscalls, &index);
		if (!row)
			return 0;
	}
	without = row->without && call_argument(regs, row->test_arg) & row->without;
	if (!(row->select & (without ? IOR_SELECT_WITHOUT : IOR_SELECT))) {
		call->nr = index | SKIPPED;
		return 0;
	}
	take_names(1, task, call, row, regs, without);
	if (row->flags & IOR_ROW_CLOSES && call->source == FROM_FILE) {
		call->source = FROM_RING;
		if (config.types & 1 << call->type && !is_of_now(bpf_map_lookup_elem(&known_names, &call->file)) &&
		    !name_file(&call->file, call->type, NUMBER(call->mnt), NUMBER(call->dentry)))
			call->inode = PROBE(PROBE((struct dentry *)NUMBER(call->dentry), d_inode), i_ino);
	}
	if (row->flags & IOR_ROW_EXEC)
		__builtin_memcpy(call->comm, task->comm, IOR_COMM);
	call->nr = index;
	if (resumed_ns) {
		call->gap_ns = call->pending.gap_ns;
		call->start_ns = resumed_ns;
		return 0;
	}
	if (in_scope(call))
		COUNT(enters);
	call->start_ns = bpf_ktime_get_ns();
	call->gap_ns = gap_before(call, call->start_ns);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(ior_exit, struct pt_regs *regs, long ret)
{
	long nr = call_number(regs);
	__u32 index = nr;
	struct ior_key key = {};
	struct ior_syscall *row;
	struct task_struct *task;
	struct call *call;
	struct ior_counters *counts;
	struct ior_slot *slot;
	__u64 now, duration, gap, bytes = 0;
	__u32 type = IOR_NONE, generation;
	int failed;

	if ((__u64)nr >= IOR_SYSCALLS) {
		/* rt_sigreturn overwrites its number and its result (restore_sigcontext(), arch/x86/kernel/signal_64.c) */
		call = nr == -1 ? bpf_task_storage_get(&calls, bpf_get_current_task_btf(), 0, 0) : 0;
		if (!call)
			return 0;
		call->pending.returned = call->pending.handled;
		if (!call->start_ns)
			return 0;
		index = call->nr;
		ret = 0;
	}
	row = bpf_map_lookup_elem(&syscalls, &index);
	if (!row || !row->select)
		return 0;
	task = bpf_get_current_task_btf();
	if (!task->bpf_storage)
		return 0;
	call = bpf_task_storage_get(&calls, task, 0, 0);
	if (!call)
		return 0;
	/* as early as possible, but not for calls that nobody asked for: a clock costs 25 to 40 ns */
	now = bpf_ktime_get_ns();
	counts = bpf_map_lookup_elem(&counters, &zero);
	if (!counts)
		return 0;
	if (!call->start_ns) {
		if (call->nr == (index | SKIPPED))
			call->nr = SKIPPED;
		else if (call->seen)
			counts->unmatched_exits++;
		return 0;
	}
	if (call->nr != index) {
		/* the rest of a call that has been made again */
		index = index == NR_RESTART_SYSCALL ? call->nr : IOR_SYSCALLS;
		row = bpf_map_lookup_elem(&syscalls, &index);
		if (!row) {
			call->start_ns = 0;
			counts->mismatched++;
			return 0;
		}
	}
	if (!in_scope(call)) {
		call->start_ns = 0;
		return 0;
	}
	/* the file */
	if (row->flags & IOR_ROW_OPENS && ret >= 0 && find_file(TYPED, task, ret, &call->mnt, &call->dentry)) {
		call->type = identify(NUMBER(call->mnt), NUMBER(call->dentry), &call->file);
		call->source = FROM_FILE;
		if (config.extra & IOR_BY_FLAGS)
			call->flags = flags_behind(ret);
	}
	if (call->source == FROM_STRING) {
		__u64 at = row->path >= 0 ? call_argument(regs, row->path) : 0;
		struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
		long len = 1;

		if (!s)
			return 0;
		if (at)
			len = bpf_probe_read_user_str(s->string.data, IOR_PATH, (void *)at);
		s->string.flags = len == IOR_PATH && is_longer(at) ? IOR_NAME_CUT : 0;
		if (len > 1) {
			identify_string(call, len - 1);
			key.file = s->string.file;
			type = IOR_PATHNAME;
		} else if (len < 0) {
			counts->paths_unreadable++;
			call->source = FROM_NOTHING;
		} else if ((row->dirfd >= 0 || row->flags & IOR_ROW_CWD) && base_is_there(call)) {
			/* with an empty name the call is about the directory, or with AT_EMPTY_PATH the file, itself */
			call->type = identify(NUMBER(call->mnt), NUMBER(call->dentry), &call->file);
			call->source = FROM_FILE;
		} else {
			call->source = FROM_NOTHING;
		}
	}
	if (call->source == FROM_FILE || call->source == FROM_RING) {
		key.file = call->file;
		type = call->type;
	}

	/* the result */
	if (ret <= -ERESTARTSYS && ret >= -ERESTART_RESTARTBLOCK) {
		key.type = type;
		suspend(call, &key, regs->ip, regs->sp, ret);
		return 0;
	}
	counts->exits++;
	failed = ret < 0 && ret >= -MAX_ERRNO;
	if (row->flags & IOR_ROW_BYTES && ret > 0) {
		bytes = ret;
		if (row->at_most >= 0 && call_argument(regs, row->at_most) < bytes)
			bytes = call_argument(regs, row->at_most);
		if (row->message >= 0 && call_argument(regs, row->test_arg) & MSG_TRUNC)
			bytes = at_most_message(call_argument(regs, row->message), bytes);
		if (row->no_bytes && call_argument(regs, row->test_arg) & row->no_bytes)
			bytes = 0;
	}
	duration = now - call->start_ns;
	gap = call->gap_ns;
	call->start_ns = 0;
	call->last_end_ns = now;

	/* the cell */
	if (config.by_comm) {
		*(__u64 *)key.comm = *(__u64 *)task->comm;
		*(__u64 *)(key.comm + 8) = *(__u64 *)(task->comm + 8);
	}
	fill_key(&key, task, index, type, call->flags, failed ? -ret : 0);
	generation = *(volatile __u32 *)&control.generation;
	slot = find_slot(&key, generation);
	if (!slot)
		return 0;
	/* a type that is not wanted has no slot */
	if (slot->generation != generation || !slot->cell.named || !same_key(&slot->key, &key)) {
		struct ior_cell one = { 1, failed, duration, duration, bytes, gap };

		add_slowly(call, &key, &one);
		return 0;
	}
	add(&slot->cell, 1, failed, duration, duration, bytes, gap);
	counts->folded++;
	return 0;
}

/* Only when a command is followed. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(ior_fork, struct task_struct *parent, struct task_struct *child)
{
	follow_child(parent, child);
	return 0;
}

/* Identity and name of the program that was asked for, while its strings still stand: at exit they are gone. */
static __always_inline int name_program(struct call *call, struct linux_binprm *bprm)
{
	struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
	long len;

	if (!s)
		return 0;
	len = read_program(bprm, s->string.data);
	s->string.flags = 0;
	call->source = FROM_RING;
	if (len > 1) {
		identify_string(call, len - 1);
		call->file = s->string.file;
		call->type = IOR_PATHNAME;
		if (config.types & 1 << IOR_PATHNAME)
			name_string();
	} else if (base_is_there(call)) {
		call->type = identify(NUMBER(call->mnt), NUMBER(call->dentry), &call->file);
		if (config.types & 1 << call->type)
			name_file(&call->file, call->type, NUMBER(call->mnt), NUMBER(call->dentry));
	} else {
		return 0;
	}
	call->inode = 0;
	return 1;
}

/*
 * A successful execve ends here and not at its exit: that bears the number of execve also after execveat, and another
 * architecture's when the new program is of another one (set_personality_*(), arch/x86/kernel/process_64.c).
 */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(ior_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	__u64 now = bpf_ktime_get_ns();
	struct call *call = bpf_task_storage_get(&calls, task, 0, 0);
	struct ior_counters *counts = bpf_map_lookup_elem(&counters, &zero);
	struct ior_key key = {};
	struct ior_cell one = { .calls = 1 };
	__u32 type = IOR_NONE;

	if (!call || !counts)
		return 0;
	call->seen = 0;
	call->tree = 0;
	if (call->pending.start_ns) {
		call->pending.start_ns = 0;
		counts->never_returned++;
	}
	if (is_launched(call)) {
		if (++call->scope < IN_SCOPE)
			call->start_ns = 0;
		else if (call->start_ns)
			counts->enters++;
	}
	if (!call->start_ns)
		return 0;
	if (name_program(call, bprm)) {
		key.file = call->file;
		type = call->type;
	}
	if (config.by_comm)
		__builtin_memcpy(key.comm, call->comm, IOR_COMM);
	fill_key(&key, task, call->nr, type, call->flags, 0);
	one.duration_ns = one.max_ns = now - call->start_ns;
	one.gap_ns = call->gap_ns;
	call->start_ns = 0;
	call->last_end_ns = now;
	counts->exits++;
	add_slowly(call, &key, &one);
	return 0;
}

/* A task that ends inside a call: exit, exit_group, or killed before the call returned. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(ior_task_end, struct task_struct *task)
{
	struct call *call = bpf_task_storage_get(&calls, task, 0, 0);

	if (!call)
		return 0;
	if (call->start_ns && in_scope(call))
		COUNT(never_returned);
	if (call->pending.start_ns)
		COUNT(never_returned);
	call->start_ns = call->pending.start_ns = 0;
	follow_end(task, call);
	return 0;
}

/* Before the handler of a signal, or the default action, runs. */
SEC("tp_btf/signal_deliver")
int BPF_PROG(ior_signal, int number, struct kernel_siginfo *info, struct k_sigaction *action)
{
	struct call *call = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), 0, 0);

	if (!call || !call->pending.start_ns || call->pending.handled || (__u64)action->sa.sa_handler <= SIG_IGN)
		return 0;
	if (call->pending.ret == -ERESTARTNOINTR ||
	    (call->pending.ret == -ERESTARTSYS && action->sa.sa_flags & SA_RESTART))
		call->pending.handled = 1;
	else
		settle(call, 1);
	return 0;
}

#define COUNT_HERE(field)	/* in an iterator, which tracepoints preempt */                           \
	({                                                                                         \
		struct ior_counters *__counters = bpf_map_lookup_elem(&counters, &zero);           \
		if (__counters)                                                                    \
			__sync_fetch_and_add(&__counters->field, 1);                               \
	})

/*
 * Read once by the collector after the programs are attached: calls that were running before. They count from the start of
 * the trace on; a hung read must not be missing from the picture.
 */
SEC("iter/task")
int ior_begun(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct ior_syscall *row;
	struct pt_regs *regs;
	struct call *call;
	__u32 index;
	long nr;
	int without;

	if (!task || task->tgid == control.tracer || task->flags & (PF_KTHREAD | PF_IO_WORKER) ||
	    !(task->__state & TASK_SLEEPING) || in_compat_call(task))
		return 0;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	nr = call_of_sleeper(regs);
	if ((__u64)nr >= IOR_SYSCALLS)
		return 0;
	index = nr;
	row = bpf_map_lookup_elem(&syscalls, &index);
	if (!row)
		return 0;
	without = row->without && call_argument(regs, row->test_arg) & row->without;
	if (!(row->select & (without ? IOR_SELECT_WITHOUT : IOR_SELECT)))
		return 0;
	if (!is_wanted(task))
		return 0;
	call = bpf_task_storage_get(&calls, task, 0, config.everything ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);
	if (!call || !in_scope(call) || call->start_ns || call->seen)
		return 0;
	take_names(0, task, call, row, regs, without);
	call->nr = index;
	call->gap_ns = 0;
	call->seen = 1;
	call->start_ns = bpf_ktime_get_ns();
	COUNT_HERE(enters);
	COUNT_HERE(begun_before);
	return 0;
}

/* Tells one call that is still running. Returns 0 when it was written. */
static __always_inline int tell_unfinished(struct seq_file *seq, struct task_struct *task, struct call *call)
{
	struct ior_counters *counts = bpf_map_lookup_elem(&counters, &zero);
	struct ior_unfinished out = {};
	struct ior_cell unnamed = {};
	struct ior_syscall *row;
	__u32 nr = call->nr;

	if (!counts)
		return 0;
	__builtin_memcpy(out.key.comm, task->comm, IOR_COMM);
	out.key.pid = number_of(task->group_leader);
	out.key.tid = number_of(task);
	out.key.uid = PROBE(task->real_cred, uid.val);
	out.extra.flags = call->flags;
	out.extra.tree = call->tree;
	out.extra.cgroup = task->cgroups->dfl_cgrp->kn->id;
	__builtin_memcpy(out.extra.program, task->group_leader->comm, IOR_COMM);
	if (call->start_ns) {
		row = bpf_map_lookup_elem(&syscalls, &nr);
		if (row && row->flags & IOR_ROW_EXEC)
			__builtin_memcpy(out.key.comm, call->comm, IOR_COMM);
		out.key.nr = nr;
		out.start_ns = call->start_ns;
		out.gap_ns = call->gap_ns;
		if (call->source == FROM_STRING) {
			struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
			__u32 type;

			out.key.type = IOR_PATHNAME;
			if (row && row->path >= 0)
				out.string = call_argument(regs, row->path);
			if (base_is_there(call)) {
				type = identify(NUMBER(call->mnt), NUMBER(call->dentry), &out.base);
				name_file(&out.base, type, NUMBER(call->mnt), NUMBER(call->dentry));
			}
		} else if (call->source != FROM_NOTHING) {
			out.key.file = call->file;
			out.key.type = call->type;
			name_call(call, &out.key, &unnamed, counts);
			out.inode = unnamed.inode;
		}
	} else {
		out.key.nr = call->pending.nr;
		out.key.file = call->pending.file;
		out.key.type = call->pending.type;
		out.start_ns = call->pending.start_ns;
		out.gap_ns = call->pending.gap_ns;
		out.inode = call->pending.inode;
	}
	return bpf_seq_write(seq, &out, sizeof(out));
}

/* Read once by the collector after sys_enter and sys_exit are detached. */
SEC("iter/task")
int ior_unfinished(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct call *call;

	if (!task)
		return 0;
	call = bpf_task_storage_get(&calls, task, 0, 0);
	if (!call || !in_scope(call) || !(call->start_ns || call->pending.start_ns))
		return 0;
	/* when the buffer is full this task comes again in the next read */
	if (!tell_unfinished(ctx->meta->seq, task, call))
		call->start_ns = call->pending.start_ns = 0;	/* its end counts no more */
	return 0;
}
