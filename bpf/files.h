/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What is behind a descriptor, of which type it is, and what it is called: shared by the two objects. A name is written
 * into a struct walker, which must lie in a map: names are longer than the stack.
 */
#ifndef IOR_FILES_H
#define IOR_FILES_H

#define IOR_NO_MOUNT 0xffffffff	/* the walk crossed none */

struct walker {
	struct ior_name name;
	__u64 mnt;		/* cursors of the walk, in memory: in registers the verifier tracks every value */
	__u64 dentry;
	__u64 used;
	__u64 done;		/* the walk has reached a root */
};

/* Which of the file types an inode that has a name is. */
static __always_inline __u32 type_of(int typed, __u16 mode, struct inode *inode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return IOR_DIR;
	case S_IFBLK:
		return IOR_BLOCK;
	case S_IFIFO:
		return IOR_PIPE;
	case S_IFSOCK:
		return IOR_SOCKET;
	case S_IFCHR: {
		/* Documentation/admin-guide/devices.txt */
		__u32 major = READ(typed, inode, i_rdev) >> 20;

		if (major == 1)
			return IOR_MEM;
		if (major == 4 || major == 5 || (major >= 136 && major <= 143) || major == 188 || major == 204 || major == 229)
			return IOR_TTY;
		return IOR_CHAR;
	}
	}
	return IOR_FILE;
}

/* mnt and dentry of the file behind a descriptor of the task, Returns 0 when there is none. */
static __always_inline int find_file(int typed, struct task_struct *task, int fd, __u64 *mnt, __u64 *dentry)
{
	struct files_struct *files = task->files;
	struct fdtable *fdt;
	struct file *file;

	if (!files)
		return 0;
	fdt = files->fdt;
	if (!fdt || (__u32)fd >= fdt->max_fds)
		return 0;
	/* fd[n] is a plain pointer to the verifier; as the first member of a kernel type it can be loaded, not probed */
	file = (struct file *)READ(typed, (struct hlist_head *)(fdt->fd + fd), first);
	if (!file)
		return 0;
	*mnt = (__u64)READ(typed, file, f_path.mnt);
	*dentry = (__u64)READ(typed, file, f_path.dentry);
	return 1;
}

/* d_unhashed(), include/linux/dcache.h: it has a name no more. */
static __always_inline int is_deleted(struct dentry *dentry)
{
	return !PROBE(dentry, d_hash.pprev) && PROBE(dentry, d_parent) != dentry;
}

/* A socket that no name in a directory leads to. */
static __always_inline int is_bare_socket(__u32 type, struct dentry *dentry)
{
	return type == IOR_SOCKET && !(__u32)PROBE(dentry, d_name.hash_len);
}

/*
 * What a socket is called by. A TCP socket that autobound its port by connect() has a bind bucket with fastreuse -1
 * (__inet_hash_connect, net/ipv4/inet_hashtables.c); one made by accept() shares the listener's bucket.
 */
static __always_inline void describe_socket(struct inode *inode, struct ior_socket *out)
{
	struct socket_alloc *alloc = (void *)inode - bpf_core_field_offset(struct socket_alloc, vfs_inode);
	struct sock *sk = PROBE(alloc, socket.sk);

	__builtin_memset(out, 0, sizeof(*out));
	if (!sk)
		return;
	out->family = PROBE(sk, __sk_common.skc_family);
	out->type = PROBE(sk, sk_type);
	out->protocol = PROBE(sk, sk_protocol);
	if (out->family != AF_INET && out->family != AF_INET6)
		return;
	out->peer_port = bpf_ntohs(PROBE(sk, __sk_common.skc_dport));
	out->local_port = PROBE(sk, __sk_common.skc_num);
	if (out->family == AF_INET) {
		__u32 address = PROBE(sk, __sk_common.skc_daddr);

		__builtin_memcpy(out->peer, &address, sizeof(address));
	} else {
		struct in6_addr address = PROBE(sk, __sk_common.skc_v6_daddr);

		__builtin_memcpy(out->peer, &address, sizeof(address));
	}
	if (out->protocol == IPPROTO_TCP) {
		struct inet_bind_bucket *bucket = PROBE((struct inet_connection_sock *)sk, icsk_bind_hash);

		out->passive = PROBE(sk, __sk_common.skc_state) == TCP_LISTEN;
		if (bucket && out->peer_port)
			out->passive = PROBE(bucket, fastreuse) >= 0;
	}
}

/* One component or mount further up. Returns 1 when the walk is over. */
static long climb(__u32 step, struct walker **at_walker)
{
	struct walker *w = *at_walker;
	struct ior_name *name = &w->name;
	struct dentry *dentry = (struct dentry *)w->dentry;
	struct mount *mount = (struct mount *)w->mnt;
	struct dentry *parent;
	__u64 at = w->used, len;
	char *to;

	if (dentry == PROBE(mount, mnt.mnt_root)) {
		struct mount *above = PROBE(mount, mnt_parent);

		if (above == mount) {
			if (!PROBE(mount, mnt_ns))
				name->flags |= IOR_NAME_DETACHED;
			w->done = 1;
			return 1;
		}
		if (name->mount == IOR_NO_MOUNT)
			name->mount = at;
		w->dentry = (__u64)PROBE(mount, mnt_mountpoint);
		w->mnt = (__u64)above;
		return 0;
	}
	parent = PROBE(dentry, d_parent);
	if (parent == dentry) {
		name->flags |= IOR_NAME_DETACHED;
		w->done = 1;
		return 1;
	}
	len = PROBE(dentry, d_name.len);
	BOUNDED(len, 255);
	if (at + len + 1 > IOR_PATH)
		return 1;
	BOUNDED(at, 4095);
	to = &name->data[at];
	bpf_probe_read_kernel(to, len, PROBE(dentry, d_name.name));
	to[len] = '/';
	w->used = at + len + 1;
	w->dentry = (__u64)parent;
	return 0;
}

/* Climbs from the cursors to the root of the mount namespace and writes each component. */
static __always_inline void walk(struct walker *w)
{
	w->used = 0;
	w->done = 0;
	w->name.mount = IOR_NO_MOUNT;
	LOOP(IOR_STEPS, climb, &w);
	if (!w->done)
		w->name.flags |= IOR_NAME_CUT;
	w->name.len = w->used;
}

/* What a socket is called by, as the walker's name. */
static __always_inline struct ior_socket *write_socket(struct walker *w, struct dentry *dentry)
{
	struct ior_socket *socket = (struct ior_socket *)w->name.data;

	describe_socket(PROBE(dentry, d_inode), socket);
	w->name.kind = IOR_NAME_SOCKET;
	w->name.len = sizeof(*socket);
	return socket;
}

/* The path of anything else, or what d_name says of what is in no directory, as the walker's name. */
static __always_inline void write_name(struct walker *w, __u64 mnt, struct dentry *dentry)
{
	if (PROBE(dentry, d_parent) == dentry && PROBE((struct vfsmount *)mnt, mnt_root) != dentry) {
		__u64 len = PROBE(dentry, d_name.len);

		w->name.kind = IOR_NAME_LONE;
		w->name.magic = PROBE(PROBE(PROBE(dentry, d_inode), i_sb), s_magic);
		BOUNDED(len, 255);
		bpf_probe_read_kernel(w->name.data, len, PROBE(dentry, d_name.name));
		w->name.len = len;
		return;
	}
	w->name.kind = IOR_NAME_WALK;
	w->dentry = (__u64)dentry;
	w->mnt = mnt - bpf_core_field_offset(struct mount, mnt);
	walk(w);
}

#endif
