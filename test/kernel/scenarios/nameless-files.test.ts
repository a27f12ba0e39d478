// Case 10: what has no path bears one name from its first call to its last.

import { same, scenario } from './scenario.ts';

const named = (name: string, ...calls: readonly string[]) => calls.map((call) => `main ${name} ${call}`);

scenario('10 pipes and a FIFO', 'pipes_and_fifos', { families: ['file', 'ipc'] }, (t, seen) => {
  same(t, seen, [
    ...named('-', 'pipe 1 0 0', 'pipe2 1 0 0'),
    ...named('pipe', 'write 2 3 0', 'read 4 11 1', 'dup 1 0 0', 'close 5 0 0'),
    'child pipe write 1 8 0',
    ...named('~/fifo', 'mknodat 1 0 0', 'openat 1 0 0', 'write 1 4 0'),
    'child ~/fifo read 1 4 0',
    ...named('~/renamed', 'rename 1 0 0', 'write 1 16 0', 'close 1 0 0'),
  ]);
});

scenario(
  '10 eventfd, epoll, timerfd, inotify, signalfd, memfd, pidfd',
  'anonymous_inodes',
  { families: ['file', 'polling', 'ipc', 'time', 'signal', 'process'] },
  (t, seen) => {
    same(t, seen, [
      ...named('anon_inode:[eventpoll]', 'epoll_create1 1 0 0', 'epoll_ctl 1 0 0', 'epoll_wait 1 0 0', 'close 1 0 0'),
      ...named('anon_inode:[eventfd]', 'eventfd2 2 0 0', 'read 2 16 0', 'dup 1 0 0', 'write 1 8 0', 'close 3 0 0'),
      ...named('anon_inode:[timerfd]', 'timerfd_create 1 0 0', 'timerfd_settime 1 0 0', 'read 1 8 0', 'close 1 0 0'),
      ...named('anon_inode:inotify', 'inotify_init1 1 0 0', 'read 1 32 0', 'close 1 0 0'),
      ...named('anon_inode:[signalfd]', 'signalfd4 1 0 0', 'read 1 128 0', 'close 1 0 0'),
      ...named('memfd:memory', 'memfd_create 1 0 0', 'write 1 11 0', 'close 1 0 0'),
      ...named('anon_inode:[pidfd]', 'pidfd_open 1 0 0', 'pidfd_send_signal 1 0 0', 'close 1 0 0'),
      ...named('~', 'inotify_add_watch 1 0 0'),
      ...named('~/seen', 'mkdir 1 0 0'),
      ...named('-', 'prctl 2 0 0', 'getpid 2 0 0', 'kill 1 0 0'),
      'child anon_inode:[eventfd] read 1 8 0',
      'child memfd:memory write 1 13 0',
      'child anon_inode:[timerfd] fcntl 1 0 0',
      'child anon_inode:[pidfd] fcntl 1 0 0',
      'child anon_inode:[eventpoll] fcntl 1 0 0',
      'child anon_inode:inotify fcntl 1 0 0',
      'child - prctl 1 0 0',
    ]);
  },
);

scenario('10 unix sockets', 'unix_sockets', { families: ['file', 'network'] }, (t, seen) => {
  same(t, seen, [
    ...named('-', 'socketpair 1 0 0'),
    ...named('socket;unix', 'socket 2 0 0', 'bind 1 0 0', 'listen 1 0 0', 'connect 1 0 0', 'accept 1 0 0'),
    ...named('socket;unix', 'write 1 1 0', 'sendto 1 2 0', 'read 2 3 0', 'close 5 0 0'),
    ...named('~/socket', 'access 1 0 0'),
  ]);
});

scenario(
  '10 TCP sockets: by their peer, also before they have one and after it has gone; accepted ones by the port',
  'tcp_sockets',
  { families: ['file', 'network'] },
  (t, seen) => {
    const [port] = seen.reported('port');
    const client = `socket;tcp;127.0.0.1;:${port}`;
    const server = `socket;tcp;:${port}`;
    same(t, seen, [
      ...named(client, 'socket 1 0 0', 'fcntl 1 0 0', 'connect 1 0 1', 'write 1 1 0', 'sendto 1 2 0'),
      ...named(client, 'read 1 0 0', 'close 2 0 0'),
      `child ${client} read 1 4 0`,
      ...named(server, 'accept 1 0 0', 'accept4 1 0 0', 'read 2 3 0', 'dup 1 0 0', 'write 1 4 0'),
      ...named(server, 'shutdown 1 0 0', 'close 4 0 0'),
    ]);
  },
);

scenario('10 a TCP socket whose connection is refused', 'tcp_refused', { families: ['file', 'network'] }, (t, seen) => {
  same(t, seen, named('socket;tcp', 'connect 1 0 1', 'close 1 0 0')); // the kernel takes the peer away at once
});

scenario('10 UDP sockets over IPv6', 'udp_sockets', { families: ['file', 'network'] }, (t, seen) => {
  const sender = `socket;udp;::1;:${seen.reported('port')[0]}`;
  same(t, seen, [
    ...named(sender, 'socket 1 0 0', 'connect 1 0 0', 'write 1 3 0', 'close 1 0 0'),
    ...named('socket;udp', 'read 1 3 0', 'close 1 0 0'),
  ]);
});
