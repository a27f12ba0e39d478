// Address families of sockets, for every source that names one (linux/socket.h).

export const AF_INET = 2;
export const AF_INET6 = 10;

/** The other families that are met in practice. */
export const SOCKET_FAMILIES: Readonly<Record<number, string>> = {
  1: 'unix',
  16: 'netlink',
  17: 'packet',
  38: 'alg',
  40: 'vsock',
};
