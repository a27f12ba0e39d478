// What things are called: the links of /proc/PID/fd and the words of other tracers become names as a Profile holds them,
// and names tell what kind of file is behind them. Strings come in and go out; nothing is looked up.

import { FRONT_UNKNOWN } from '../model/paths.ts';
import type { FileType } from '../model/profile.ts';
import { AF_INET, AF_INET6, SOCKET_FAMILIES } from '../model/sockets.ts';

export const UNKNOWN_FD = '[unknown fd]';

const DELETED = ' (deleted)';

/** `pipe:[123]` → `pipe`, `socket:[123]` → `socket`, `/memfd:x (deleted)` → `memfd:x`; paths and the rest as they are. */
export function nameOfLink(link: string): string {
  if (link.startsWith('/')) return link.startsWith('/memfd:') ? withoutDeleted(link.slice(1)) : link;
  if (link.startsWith('pipe:[')) return 'pipe';
  if (link.startsWith('socket:[')) return 'socket';
  if (/^pidfd:\[|^anon_inode:\[?pidfd/.test(link)) return 'anon_inode:[pidfd]';
  if (/^[a-z_]+:\[\d+\]$/.test(link)) return 'anon_inode:[ns]';
  return link;
}

function withoutDeleted(path: string): string {
  return path.endsWith(DELETED) ? path.slice(0, -DELETED.length) : path;
}

/**
 * The source's word against the name that is known: the source's is resolved and counts, but a removed file keeps the
 * name it had, and a socket the longer one.
 */
export function agreedName(said: string, known: string): string {
  if (said === known) return known;
  const name = nameOfLink(said);
  if (name.length === known.length + DELETED.length && withoutDeleted(name) === known) return known;
  if (name === 'socket' && known.startsWith('socket\0')) return known;
  return name;
}

/** Whether a name tells so little that a word of another time is worth more: `...` stands for what is not known. */
export function isVague(known: string, said: string): boolean {
  return (
    known === UNKNOWN_FD || (known.startsWith(`${FRONT_UNKNOWN}/`) && said.endsWith(known.slice(FRONT_UNKNOWN.length)))
  );
}

/** Documentation/admin-guide/devices.txt, in the words of udev; the first that matches counts. */
const DEVICES: readonly (readonly [RegExp, FileType])[] = [
  [/^(?:null|zero|full|random|urandom|mem|port|kmsg)$/, 'mem'],
  [/^(?:tty.*|pts\/.*|ptmx|console|hvc\d+)$/, 'tty'],
  [/^(?:[shv]d[a-z]+\d*|xvd[a-z]+\d*|nvme\d+n.*|mmcblk.*|(?:dm-|loop|md|sr|zram|ram|nbd|zd)\d.*)$/, 'block'],
  [/^(?:mapper\/(?!control$).*|disk\/.*|block\/.*|md\/.*)$/, 'block'],
  [/^(?:shm|mqueue|hugepages)\/.*$/, 'file'],
  [/^log$/, 'socket'],
];

export function typeOfName(name: string): FileType {
  if (name.startsWith('/dev/')) {
    const device = name.slice('/dev/'.length);
    return DEVICES.find(([pattern]) => pattern.test(device))?.[1] ?? 'char';
  }
  if (name.startsWith('/')) return 'file';
  if (name === 'pipe') return 'pipe';
  if (name === 'socket' || name.startsWith('socket\0')) return 'socket';
  return name.startsWith('anon_inode:') ? 'anon' : 'file';
}

const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;

/** A socket that is not connected yet, by the arguments of socket(2), which may be NaN. */
export function nameOfSocket(family: number, type: number): string {
  if (family === AF_INET || family === AF_INET6) {
    const kind = type & 0xf;
    return kind === SOCK_STREAM ? 'socket\0tcp' : kind === SOCK_DGRAM ? 'socket\0udp' : 'socket';
  }
  const name = SOCKET_FAMILIES[family];
  return name === undefined ? 'socket' : `socket\0${name}`;
}
