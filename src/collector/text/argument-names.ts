// What the kernel calls the arguments of its system calls, in their order: perf trace shows arguments by name, and leaves
// those away whose value is 0. From /sys/kernel/tracing/events/syscalls/sys_enter_*/format of Linux 6.18; calls whose
// arguments pairing does not need are left out.

// biome-ignore format: one aligned row a call
const ROWS = `
read                   fd buf count
write                  fd buf count
open                   filename flags mode
close                  fd
stat                   filename statbuf
fstat                  fd statbuf
lstat                  filename statbuf
lseek                  fd offset whence
mmap                   addr len prot flags fd off
ioctl                  fd cmd arg
pread64                fd buf count pos
pwrite64               fd buf count pos
readv                  fd vec vlen
writev                 fd vec vlen
access                 filename mode
pipe                   fildes
dup                    fildes
dup2                   oldfd newfd
sendfile               out_fd in_fd offset count
socket                 family type protocol
connect                fd uservaddr addrlen
accept                 fd upeer_sockaddr upeer_addrlen
sendto                 fd buff len flags addr addr_len
recvfrom               fd ubuf size flags addr addr_len
sendmsg                fd msg flags
recvmsg                fd msg flags
shutdown               fd how
bind                   fd umyaddr addrlen
listen                 fd backlog
getsockname            fd usockaddr usockaddr_len
getpeername            fd usockaddr usockaddr_len
socketpair             family type protocol usockvec
setsockopt             fd level optname optval optlen
getsockopt             fd level optname optval optlen
clone                  clone_flags newsp parent_tidptr child_tidptr tls
execve                 filename argv envp
msgrcv                 msqid msgp msgsz msgtyp msgflg
fcntl                  fd cmd arg
flock                  fd cmd
fsync                  fd
fdatasync              fd
truncate               path length
ftruncate              fd length
getdents               fd dirent count
chdir                  filename
fchdir                 fd
rename                 oldname newname
mkdir                  pathname mode
rmdir                  pathname
creat                  pathname mode
link                   oldname newname
unlink                 pathname
symlink                oldname newname
readlink               path buf bufsiz
chmod                  filename mode
fchmod                 fd mode
chown                  filename user group
fchown                 fd user group
lchown                 filename user group
syslog                 type buf len
utime                  filename times
mknod                  filename mode dev
statfs                 pathname buf
fstatfs                fd buf
pivot_root             new_root put_old
prctl                  option arg2 arg3 arg4 arg5
chroot                 filename
acct                   name
mount                  dev_name dir_name type flags data
umount2                name flags
swapon                 specialfile swap_flags
swapoff                specialfile
quotactl               cmd special id addr
readahead              fd offset count
setxattr               pathname name value size flags
lsetxattr              pathname name value size flags
fsetxattr              fd name value size flags
getxattr               pathname name value size
lgetxattr              pathname name value size
fgetxattr              fd name value size
listxattr              pathname list size
llistxattr             pathname list size
flistxattr             fd list size
removexattr            pathname name
lremovexattr           pathname name
fremovexattr           fd name
epoll_create           size
getdents64             fd dirent count
fadvise64              fd offset len advice
epoll_wait             epfd events maxevents timeout
epoll_ctl              epfd op fd event
utimes                 filename utimes
mq_open                u_name oflag mode u_attr
mq_timedsend           mqdes u_msg_ptr msg_len msg_prio u_abs_timeout
mq_timedreceive        mqdes u_msg_ptr msg_len u_msg_prio u_abs_timeout
mq_notify              mqdes u_notification
mq_getsetattr          mqdes u_mqstat u_omqstat
inotify_add_watch      fd pathname mask
inotify_rm_watch       fd wd
openat                 dfd filename flags mode
mkdirat                dfd pathname mode
mknodat                dfd filename mode dev
fchownat               dfd filename user group flag
futimesat              dfd filename utimes
newfstatat             dfd filename statbuf flag
unlinkat               dfd pathname flag
renameat               olddfd oldname newdfd newname
linkat                 olddfd oldname newdfd newname flags
symlinkat              oldname newdfd newname
readlinkat             dfd pathname buf bufsiz
fchmodat               dfd filename mode
faccessat              dfd filename mode
unshare                unshare_flags
splice                 fd_in off_in fd_out off_out len flags
tee                    fdin fdout len flags
sync_file_range        fd offset nbytes flags
vmsplice               fd uiov nr_segs flags
utimensat              dfd filename utimes flags
epoll_pwait            epfd events maxevents timeout sigmask sigsetsize
signalfd               ufd user_mask sizemask
timerfd_create         clockid flags
eventfd                count
fallocate              fd mode offset len
timerfd_settime        ufd flags utmr otmr
timerfd_gettime        ufd otmr
accept4                fd upeer_sockaddr upeer_addrlen flags
signalfd4              ufd user_mask sizemask flags
eventfd2               count flags
epoll_create1          flags
dup3                   oldfd newfd flags
pipe2                  fildes flags
inotify_init1          flags
preadv                 fd vec vlen pos_l pos_h
pwritev                fd vec vlen pos_l pos_h
perf_event_open        attr_uptr pid cpu group_fd flags
recvmmsg               fd mmsg vlen flags timeout
fanotify_init          flags event_f_flags
fanotify_mark          fanotify_fd flags mask dfd pathname
name_to_handle_at      dfd name handle mnt_id flag
open_by_handle_at      mountdirfd handle flags
syncfs                 fd
sendmmsg               fd mmsg vlen flags
setns                  fd flags
process_vm_readv       pid lvec liovcnt rvec riovcnt flags
process_vm_writev      pid lvec liovcnt rvec riovcnt flags
renameat2              olddfd oldname newdfd newname flags
getrandom              ubuf len flags
memfd_create           uname flags
execveat               fd filename argv envp flags
userfaultfd            flags
copy_file_range        fd_in off_in fd_out off_out len flags
preadv2                fd vec vlen pos_l pos_h flags
pwritev2               fd vec vlen pos_l pos_h flags
statx                  dfd filename flags mask buffer
pidfd_send_signal      pidfd sig info flags
io_uring_setup         entries params
io_uring_enter         fd to_submit min_complete flags argp argsz
io_uring_register      fd opcode arg nr_args
open_tree              dfd filename flags
move_mount             from_dfd from_pathname to_dfd to_pathname flags
fsopen                 _fs_name flags
fsconfig               fd cmd _key _value aux
fsmount                fs_fd flags attr_flags
fspick                 dfd path flags
pidfd_open             pid flags
clone3                 uargs size
close_range            fd max_fd flags
openat2                dfd filename how usize
pidfd_getfd            pidfd fd flags
faccessat2             dfd filename mode flags
process_madvise        pidfd vec vlen behavior flags
epoll_pwait2           epfd events maxevents timeout sigmask sigsetsize
mount_setattr          dfd path flags uattr usize
quotactl_fd            fd cmd id addr
landlock_add_rule      ruleset_fd rule_type rule_attr flags
landlock_restrict_self ruleset_fd flags
memfd_secret           flags
process_mrelease       pidfd flags
cachestat              fd cstat_range cstat flags
fchmodat2              dfd filename mode flags
setxattrat             dfd pathname at_flags name uargs usize
getxattrat             dfd pathname at_flags name uargs usize
listxattrat            dfd pathname at_flags list size
removexattrat          dfd pathname at_flags name
open_tree_attr         dfd filename flags uattr usize
file_getattr           dfd filename ufattr usize at_flags
file_setattr           dfd filename ufattr usize at_flags
`;

const NAMES = new Map(
  ROWS.trim()
    .split('\n')
    .map((row): readonly [string, readonly string[]] => {
      const [call = '', ...names] = row.split(/\s+/);
      return [call, names];
    }),
);

/** Names that other kernels or perf itself have for the same arguments. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  fd: ['fildes', 'epfd', 'ufd', 'oldfd', 'dfd'],
  filename: ['pathname', 'path', 'name'],
  pathname: ['filename', 'path', 'name'],
  path: ['pathname', 'filename', 'name'],
  dfd: ['dirfd', 'fd'],
  flag: ['flags'],
  flags: ['flag'],
};

/** undefined: nothing is known of the call's arguments. */
export function argumentNames(call: string): readonly string[] | undefined {
  return NAMES.get(call);
}

/** The position of the argument that a tracer shows by `name`, -1 when there is none. */
export function argumentPosition(names: readonly string[], name: string): number {
  const at = names.indexOf(name);
  return at >= 0 ? at : names.findIndex((known) => ALIASES[known]?.includes(name));
}
