/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The few kernel types that the programs look at, declared by hand: CO-RE finds each field's offset in the running
 * kernel by its name, so only names and types matter here. A 130,000-line dump would make the object 650 KB.
 *
 * What differs between kernels or architectures stands behind the helpers at the end, each with its commit.
 */
#ifndef IOR_KERNEL_H
#define IOR_KERNEL_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct hlist_bl_node {
	struct hlist_bl_node *next, **pprev;
};

struct qstr {
	union {
		struct {
			__u32 hash;
			__u32 len;
		};
		__u64 hash_len;
	};
	const unsigned char *name;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
};

struct inode {
	__u16 i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	__u32 i_rdev;
	__u32 i_generation;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;	/* in an anonymous union since 6.18 (commit 180a9cc3fd6a); CO-RE looks through it */
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;	/* 0: unmounted, though still in use */
	__u64 mnt_id_unique;		/* see MOUNT_NUMBER */
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	unsigned int f_flags;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *close_on_exec;
};

struct files_struct {
	struct fdtable *fdt;
};

struct fs_struct {
	struct path root, pwd;
};

struct thread_info {
	__u32 status;
};

struct signal_struct {
	atomic_t live;
};

typedef struct {
	__u32 val;
} kuid_t;

struct cred {
	kuid_t uid;
};

struct pid_namespace {
	unsigned int level;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct sigaction {
	void *sa_handler;
	unsigned long sa_flags;
};

struct k_sigaction {
	struct sigaction sa;
};

struct kernel_siginfo;

struct task_struct {
	struct thread_info thread_info;
	int pid;
	int tgid;
	unsigned int flags;
	unsigned int __state;	/* since 5.14 (commit 2f064a59a11f) */
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	struct pid *thread_pid;
	struct cred *real_cred;
	struct signal_struct *signal;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct css_set *cgroups;
	struct bpf_local_storage *bpf_storage;
};

struct linux_binprm {
	struct file *file;
	const char *filename;
	const char *fdpath;
};

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	unsigned char skc_state;
	struct in6_addr skc_v6_daddr;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_type;
	__u16 sk_protocol;
};

struct inet_bind_bucket {
	signed char fastreuse;
};

struct inet_connection_sock {
	struct inet_bind_bucket *icsk_bind_hash;
};

struct socket {
	struct sock *sk;
};

struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long r10, r9, r8, ax, dx, si, di, orig_ax, ip, sp;
};
#endif

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#pragma clang attribute pop


#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define S_IFLNK 0120000
#define S_IFREG 0100000
#define S_IFBLK 0060000
#define S_IFDIR 0040000
#define S_IFCHR 0020000
#define S_IFIFO 0010000

#define ANON_INODE_FS_MAGIC 0x09041934
#define PIPEFS_MAGIC 0x50495045
#define SOCKFS_MAGIC 0x534f434b
#define PID_FS_MAGIC 0x50494446
#define NSFS_MAGIC 0x6e736673

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6
#define TCP_LISTEN 10

#define AT_FDCWD -100
#define MAX_ERRNO 4095
#define EINTR 4
#define ENOSYS 38
#define E2BIG 7
#define EEXIST 17

/* A result between these, ends included, tells the kernel to restart the call (include/linux/errno.h). */
#define ERESTARTSYS 512
#define ERESTARTNOINTR 513
#define ERESTART_RESTARTBLOCK 516

/* include/linux/sched.h */
#define TASK_SLEEPING 3		/* TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE */
#define PF_IO_WORKER 0x10
#define PF_FORKNOEXEC 0x40
#define PF_KTHREAD 0x200000

#define SIG_IGN 1		/* 0 is SIG_DFL, what is above a handler */
#define SA_RESTART 0x10000000

/*
 * From here on: what differs between kernels or asks for a form that all verifiers take, each with its commit. `npm run
 * test:kernels` loads the objects on 6.1, 6.12 and the running kernel; docs/kernels.md tells what differs.
 *
 * The stack: before 6.9 each function's part of the 512 bytes is rounded up to 32, since then to 16 (commit 682158ab532a).
 * What is large and at the top of a long chain of calls (settle(), suspend()) therefore lies in struct scratch.
 */

/*
 * A number cut to the bits of `mask`, where it is a length or an offset. 6.1 refuses a bound that was set by comparison ("R2
 * unbounded memory access"), and the compiler makes a 32-bit copy of one that it can see through.
 */
#define BOUNDED(number, mask) asm volatile("%0 &= " #mask : "+r"(number))

/*
 * Looks a key up that may be a global function's argument: before 6.2 (commit d1673304097c) keys lie on the stack or in a map, and
 * in no other memory ("R2 type=mem expected=fp").
 */
#define LOOKUP_GIVEN(map, key)                                                                                      \
	({                                                                                                          \
		typeof(*(key)) __key = *(key);                                                                      \
		bpf_map_lookup_elem(map, &__key);                                                                   \
	})

/*
 * What an update of a map returns, as 32 bits: before 6.4 (commit d7ba4cc900bf) the upper half of an error was 0, and so it was
 * no error.
 */
#define UPDATE(map, key, value, flags) ((int)bpf_map_update_elem(map, key, value, flags))

/*
 * The bytes of a string that bpf_probe_read_user_str() has read, the NUL not counted; negative when it could not. Before 6.16
 * ("maccess: fix strncpy_from_user_nofault() empty string handling") an empty one was told as 0 bytes, since then as 1.
 */
#define BYTES_READ(result) ((result) > 0 ? (result) - 1 : (result))

/*
 * bpf_loop came with 5.17 (commit e6f2dd0f8067): the verifier looks at one step instead of all, and loading takes 60 ms
 * instead of 180. A step returns 1 when it was the last.
 */
#define LOOP(steps, step, context)                                                                                  \
	({                                                                                                          \
		if (config.looped) {                                                                                \
			bpf_loop(steps, step, context, 0);                                                          \
		} else {                                                                                            \
			_Pragma("clang loop unroll(disable)") for (__u32 __i = 0; __i < (steps); __i++)             \
				if (step(__i, context))                                                             \
					break;                                                                      \
		}                                                                                                   \
	})

/*
 * bpf_rdonly_cast came with 6.2 (commit a35b9af4ec2c), and user space loads another object where it is missing, of the same
 * source with IOR_UNTYPED, in which every step is a probe read: libbpf before 1.2 looks for a function that the kernel does not
 * have in the modules as well, which only CAP_SYS_ADMIN may. `typed` is a constant wherever READ is expanded.
 */
#ifdef IOR_UNTYPED
#define TYPED 0
#define TYPED_READ(from, field) ({ (typeof((from)->field))0; })
#else
#define TYPED 1
extern void *bpf_rdonly_cast(const void *object, __u32 btf_id) __ksym;
#define TYPED_READ(from, field)                                                                                     \
	((typeof(from))bpf_rdonly_cast(from, bpf_core_type_id_kernel(typeof(*(from)))))->field
#endif

#define READ(typed, from, field)                                                                                    \
	({                                                                                                          \
		typeof(&*(from)) __from = (from);	/* once, and outside of what CO-RE relocates */             \
		typeof(__from->field) __value;                                                                      \
		if (TYPED && (typed))                                                                               \
			__value = TYPED_READ(__from, field);                                                        \
		else                                                                                                \
			bpf_core_read(&__value, sizeof(__value), &__from->field);                                   \
		__value;                                                                                            \
	})

/* Where calls are few: one form for all kernels, at 5 ns a read. */
#define PROBE(from, field)                                                           \
	({                                                                           \
		typeof(&*(from)) __from = (from);                                    \
		typeof(__from->field) __value;                                       \
		bpf_core_read(&__value, sizeof(__value), &__from->field);            \
		__value;                                                             \
	})

/*
 * 6.8 numbers all mounts that there ever were (commit 98d2b43081972); before, a mount's address has to do, which another
 * mount may have later.
 */
#define MOUNT_NUMBER(typed, mount)                                                                                  \
	(bpf_core_field_exists((mount)->mnt_id_unique) ? READ(typed, mount, mnt_id_unique) : (__u64)&(mount)->mnt)

/* A typed pointer that was stored in memory, as a plain number: global functions take nothing else. */
#define NUMBER(slot) (*(volatile __u64 *)&(slot))

#if defined(__TARGET_ARCH_x86)
#define NR_RT_SIGRETURN 15
#define NR_RESTART_SYSCALL 219
#define TS_COMPAT 2	/* arch/x86/include/asm/thread_info.h: int 0x80 and sysenter in 32-bit code */

static __always_inline int in_compat_call(struct task_struct *task)
{
	return task->thread_info.status & TS_COMPAT;
}

static __always_inline long call_number(struct pt_regs *regs)
{
	return (long)regs->orig_ax;
}

/*
 * The system call that a sleeping task is in, or -1. Its entry writes -ENOSYS for the result (entry_SYSCALL_64,
 * arch/x86/entry/entry_64.S), which tells it from a fault, whose error code lies in orig_ax.
 */
static __always_inline long call_of_sleeper(struct pt_regs *regs)
{
	return (long)regs->ax == -ENOSYS ? (long)regs->orig_ax : -1;
}

static __always_inline __u64 call_argument(struct pt_regs *regs, int position)
{
	switch (position) {
	case 0:
		return regs->di;
	case 1:
		return regs->si;
	case 2:
		return regs->dx;
	case 3:
		return regs->r10;
	case 4:
		return regs->r8;
	default:
		return regs->r9;
	}
}
#endif

#endif
