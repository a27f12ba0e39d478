// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kernel side of ior-flame: pairs each sys_enter with its sys_exit, names the file at the moment of the call, and
 * adds the result to a cell. In: system calls. Out: the maps "cells", "overflow", "left_out", "counters" and the ring
 * "names". It knows no system call by its name: user space fills the table "syscalls" (src/syscalls/).
 *
 * Invariants
 * - Every enter in scope has exactly one end, and each end has a counter (struct ior_counters).
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

#include "kernel.h"
#include "files.h"

/* Where the name of the running call's file comes from at exit. */
enum source {
	FROM_NOTHING,
	FROM_FILE,	/* the file is identified, and mnt and dentry still lead to it */
	FROM_STRING,	/* mnt and dentry are the directory that a relative string starts from */
	FROM_RING,	/* identified, and its name was sent when there was still something to read */
};

struct call {
	__u64 start_ns;		/* 0: none is running */
	__u64 last_end_ns;	/* end of the thread's previous call in scope */
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
	/* no room, but a place in the object's BTF, where user space compares sizes */
	struct ior_key key_layout[0];
	struct ior_socket socket_layout[0];
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
 * Which mount, and where: the address alone would soon be another mount's. 6.8 numbers all mounts that there ever were,
 * but a moved one keeps its number.
 */
static __always_inline __u64 identify_mount(int typed, __u64 mnt)
{
	struct mount *mount = (struct mount *)(mnt - bpf_core_field_offset(struct mount, mnt));
	__u64 which = bpf_core_field_exists(mount->mnt_id_unique) ? READ(typed, mount, mnt_id_unique) : mnt;
	struct dentry *mountpoint = READ(typed, mount, mnt_mountpoint);

	return which * MIX + READ(typed, mountpoint, d_name.hash_len);
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
	/* the magic and not the mode: since 6.17 anonymous inodes bear S_IFREG */
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
	return config.typed ? identify_here(1, mnt, at, file) : identify_here(0, mnt, at, file);
}

/* The file behind a descriptor of the task and its identity. Inlined only where it is the hot path. */
static __always_inline void take_file(struct task_struct *task, struct call *call, int fd)
{
	if (config.typed ? !find_file(1, task, fd, &call->mnt, &call->dentry) : !find_file(0, task, fd, &call->mnt, &call->dentry))
		return;
	call->type = config.typed ? identify_here(1, NUMBER(call->mnt), NUMBER(call->dentry), &call->file) :
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
	call->hash_len = PROBE((struct dentry *)NUMBER(call->dentry), d_name.hash_len);
}

/* Whether what take_base() took still leads to the same: another thread, or the call, may have let go of it. */
static __always_inline int base_is_there(struct call *call)
{
	return call->dentry && PROBE((struct dentry *)NUMBER(call->dentry), d_name.hash_len) == call->hash_len;
}

static __always_inline int same_file(const struct ior_file *a, const struct ior_file *b)
{
	return a->where == b->where && a->what == b->what;
}

static __always_inline int name_is_known(const struct ior_file *file)
{
	struct known_name *known = bpf_map_lookup_elem(&known_names, file);

	return known && known->epoch == control.epoch;
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
 * 64-bit hash of the len bytes in s->string.data, which has room for one more step of zeroes. A step is 32 bytes: the
 * verifier looks at each of the 128, and would need five times as long for 512 steps of eight.
 */
#define HASH_STEP 32

static __always_inline __u64 hash_string(struct scratch *s, __u64 len)
{
	char *data = s->string.data;
	__u64 hash = len + 1, words[HASH_STEP / 8];

	asm volatile("%0 &= 4095" : "+r"(len));
	__builtin_memset(&data[len], 0, HASH_STEP);
#pragma clang loop unroll(disable)
	for (__u64 at = 0; at < IOR_PATH; at += HASH_STEP) {
		if (at >= len)
			break;
		__builtin_memcpy(words, &data[at], HASH_STEP);
		hash = mixed(mixed(mixed(mixed(hash, words[0]), words[1]), words[2]), words[3]);
	}
	return hash;
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
	s->base_type = dentry ? identify(mnt, dentry, &base) : IOR_NONE;
	name->kind = IOR_NAME_STRING;
	name->type = IOR_PATHNAME;
	name->flags = len == IOR_PATH - 1 ? IOR_NAME_CUT : 0;
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

static __always_inline int same_key(const struct ior_key *a, const struct ior_key *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3] && x[4] == y[4] &&
	       (!(config.by_pid || config.by_tid || config.by_uid) || (x[5] == y[5] && x[6] == y[6]));
}

/* Which slot of a set a key belongs in. The identity's halves are mixed already. */
static __always_inline __u32 slot_of(const struct ior_key *key)
{
	const __u64 *words = (const __u64 *)key;
	__u64 hash = words[0] ^ words[1] ^ words[2] ^ words[4];

	if (config.by_pid || config.by_tid || config.by_uid)
		hash ^= words[5] ^ words[6];
	return hash * MIX >> (64 - 8);
}
_Static_assert(IOR_SLOTS == 1 << 8, "slot_of");

/* Moves what a slot holds into the map of cells, or when it has no room to the overflow cell of its system call. */
static __noinline int flush(struct ior_slot *slot)
{
	struct ior_cell *from = &slot->cell, *to;
	struct ior_counters *counts = bpf_map_lookup_elem(&counters, &zero);
	void *map = bpf_map_lookup_elem(&cells, &zero);
	__u32 nr = slot->key.nr;
	long err;

	if (!map || !counts)
		return 0;
	to = bpf_map_lookup_elem(map, &slot->key);
	if (!to) {
		err = bpf_map_update_elem(map, &slot->key, from, BPF_NOEXIST);
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
static __always_inline int name_call(struct call *call, const struct ior_key *key, struct ior_cell *cell,
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
		slot->cell.named = name_call(call, key, &slot->cell, counts);
	add_cell(&slot->cell, one);
	counts->folded++;
	return 0;
}

/* What of a key does not depend on the file. cpu, nr and type in one store, as same_key() reads them at once. */
static __always_inline void fill_key(struct ior_key *key, struct task_struct *task, __u32 nr, __u8 type)
{
	((__u64 *)key)[4] = bpf_get_smp_processor_id() | (__u64)nr << 32 | (__u64)type << 48;
	if (config.by_pid)
		key->pid = task->tgid;
	if (config.by_tid)
		key->tid = task->pid;
	if (config.by_uid)
		key->uid = bpf_get_current_uid_gid();
}
_Static_assert(offsetof(struct ior_key, cpu) == 32 && offsetof(struct ior_key, nr) == 36 &&
	       offsetof(struct ior_key, type) == 38, "fill_key");

static __always_inline __u64 gap_before(const struct call *call)
{
	return call->last_end_ns ? call->start_ns - call->last_end_ns : 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(ior_enter, struct pt_regs *regs, long nr)
{
	struct ior_syscall *row;
	struct task_struct *task;
	struct call *call;
	__u32 index = nr;
	int without;

	if ((__u64)nr >= IOR_SYSCALLS)
		return 0;
	row = bpf_map_lookup_elem(&syscalls, &index);
	if (!row || !row->select)
		return 0;
	task = bpf_get_current_task_btf();
	if (config.everything) {
		if (task->tgid == control.tracer)
			return 0;
		call = bpf_task_storage_get(&calls, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
		if (!call) {
			COUNT(not_stored);
			return 0;
		}
	} else {
		call = bpf_task_storage_get(&calls, task, 0, 0);
		if (!call || call->scope == OUT_OF_SCOPE || (call->scope == LAUNCHED && !(row->flags & IOR_ROW_EXEC)))
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
	without = row->without && call_argument(regs, row->test_arg) & row->without;
	if (!(row->select & (without ? IOR_SELECT_WITHOUT : IOR_SELECT))) {
		call->nr = index | SKIPPED;
		return 0;
	}
	call->source = FROM_NOTHING;
	if (row->fd >= 0) {
		int fd = call_argument(regs, row->fd);

		if (!without)
			take_file(task, call, fd);
	} else if (row->path >= 0 || row->flags & IOR_ROW_CWD) {
		take_base(task, call, row->dirfd >= 0 ? (int)call_argument(regs, row->dirfd) : AT_FDCWD);
	}
	if (row->flags & IOR_ROW_CLOSES && call->source == FROM_FILE) {
		call->source = FROM_RING;
		if (config.types & 1 << call->type && !name_is_known(&call->file) &&
		    !name_file(&call->file, call->type, NUMBER(call->mnt), NUMBER(call->dentry)))
			call->inode = PROBE(PROBE((struct dentry *)NUMBER(call->dentry), d_inode), i_ino);
	}
	if (row->flags & IOR_ROW_EXEC)
		__builtin_memcpy(call->comm, task->comm, IOR_COMM);
	if (config.everything || call->scope == IN_SCOPE)
		COUNT(enters);
	call->nr = index;
	call->start_ns = bpf_ktime_get_ns();
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
		if (!call || !call->start_ns)
			return 0;
		index = call->nr;
		ret = 0;
	}
	row = bpf_map_lookup_elem(&syscalls, &index);
	if (!row || !row->select)
		return 0;
	/* as early as possible, but not for calls that nobody asked for: a clock costs 40 ns */
	now = bpf_ktime_get_ns();
	task = bpf_get_current_task_btf();
	call = bpf_task_storage_get(&calls, task, 0, 0);
	if (!call)
		return 0;
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
		call->start_ns = 0;
		counts->mismatched++;
		return 0;
	}
	if (!config.everything && call->scope != IN_SCOPE) {
		call->start_ns = 0;
		return 0;
	}
	counts->exits++;

	/* the file */
	if (row->flags & IOR_ROW_OPENS && ret >= 0 && find_file(0, task, ret, &call->mnt, &call->dentry)) {
		call->type = identify(NUMBER(call->mnt), NUMBER(call->dentry), &call->file);
		call->source = FROM_FILE;
	}
	if (call->source == FROM_STRING) {
		__u64 at = row->path >= 0 ? call_argument(regs, row->path) : 0;
		struct scratch *s = bpf_map_lookup_elem(&scratches, &zero);
		long len = 1;

		if (!s)
			return 0;
		if (at)
			len = bpf_probe_read_user_str(s->string.data, IOR_PATH, (void *)at);
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
	failed = ret < 0 && ret >= -MAX_ERRNO && !(ret <= -ERESTARTSYS && ret >= -ERESTART_RESTARTBLOCK);
	if (row->flags & IOR_ROW_BYTES && ret > 0) {
		bytes = ret;
		if (row->at_most >= 0 && call_argument(regs, row->at_most) < bytes)
			bytes = call_argument(regs, row->at_most);
		if (row->no_bytes && call_argument(regs, row->test_arg) & row->no_bytes)
			bytes = 0;
	}
	duration = now - call->start_ns;
	gap = gap_before(call);
	call->start_ns = 0;
	call->last_end_ns = now;

	/* the cell */
	if (config.by_comm) {
		*(__u64 *)key.comm = *(__u64 *)task->comm;
		*(__u64 *)(key.comm + 8) = *(__u64 *)(task->comm + 8);
	}
	fill_key(&key, task, index, type);
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
	if (call->scope == LAUNCHED) {
		call->scope = IN_SCOPE;
		if (call->start_ns)
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
	fill_key(&key, task, call->nr, type);
	one.duration_ns = one.max_ns = now - call->start_ns;
	one.gap_ns = gap_before(call);
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
	if (call->start_ns && (config.everything || call->scope == IN_SCOPE))
		COUNT(never_returned);
	call->start_ns = 0;
	follow_end(task, call);
	return 0;
}
