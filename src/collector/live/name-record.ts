// What a struct ior_name of bpf/ior.h says: the path that a walk wrote, what is in no directory, a socket. Bytes of the
// ring come in, a name as in src/model/names.ts goes out.

import { decodeName } from '../../model/names.ts';
import { FRONT_UNKNOWN } from '../../model/paths.ts';
import { FILE_TYPES } from '../../model/profile.ts';
import { AF_INET, AF_INET6, SOCKET_FAMILIES } from '../../model/sockets.ts';
import { NAME, NAME_FLAG, NAME_KIND, SOCKET } from './abi.ts';

/** linux/magic.h */
const PID_FS_MAGIC = 0x50494446;
const NSFS_MAGIC = 0x6e736673;

/** Of any kind but NAME_KIND.string, which starts from another name. */
export function nameOfRecord(view: DataView, at: number): string {
  const flags = view.getUint32(at + NAME.offset.flags, true);
  const kind = view.getUint32(at + NAME.offset.kind, true);
  if (kind === NAME_KIND.socket) return socketName(view, at + NAME.offset.data);
  if (kind === NAME_KIND.walk) {
    const path = pathOfWalk(dataOf(view, at), (flags & (NAME_FLAG.cut | NAME_FLAG.detached)) !== 0);
    return flags & NAME_FLAG.deleted ? `${path} (deleted)` : path;
  }
  const data = decodeName(dataOf(view, at));
  const type = FILE_TYPES[view.getUint32(at + NAME.offset.type, true)];
  return loneName(type, data, view.getUint32(at + NAME.offset.magic, true));
}

/** The mountpoint that a path lies under: `/` for one on the root filesystem, '' for what is in no directory. */
export function mountOfRecord(view: DataView, at: number): string {
  if (view.getUint32(at + NAME.offset.kind, true) !== NAME_KIND.walk) return '';
  const from = view.getUint32(at + NAME.offset.mount, true);
  const data = dataOf(view, at);
  return from > data.length ? '/' : pathOfWalk(data.subarray(from), false);
}

export function dataOf(view: DataView, at: number): Uint8Array {
  const length = view.getUint32(at + NAME.offset.len, true);
  return new Uint8Array(view.buffer, view.byteOffset + at + NAME.offset.data, length);
}

const SLASH = 0x2f;
let path = new Uint8Array(4096);

/** `libc.so.6/lib/usr/` → `/usr/lib/libc.so.6`. Byte by byte: split, reverse and join take ten times as long. Exported for the tests. */
export function pathOfWalk(components: Uint8Array, frontIsMissing: boolean): string {
  const { length } = components;
  if (length === 0) return frontIsMissing ? `${FRONT_UNKNOWN}/` : '/';
  if (length > path.length) path = new Uint8Array(length);
  let used = 0;
  let end = length - 1; // of a component, where its slash is
  for (let at = end - 1; at >= -1; at--) {
    if (at >= 0 && components[at] !== SLASH) continue;
    path[used++] = SLASH;
    for (let i = at + 1; i < end; i++) path[used++] = components[i] as number;
    end = at;
  }
  const name = decodeName(path.subarray(0, used));
  return frontIsMissing ? `${FRONT_UNKNOWN}${name}` : name;
}

function loneName(type: string | undefined, name: string, magic: number): string {
  if (type === 'pipe') return 'pipe';
  if (type !== 'anon') return name === '' ? `[no name]` : name;
  if (magic === PID_FS_MAGIC) return 'anon_inode:[pidfd]';
  if (magic === NSFS_MAGIC) return 'anon_inode:[ns]';
  return `anon_inode:${name}`;
}

/** linux/in.h: the ones that are met in practice, the rest by number. */
const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  58: 'icmp',
  132: 'sctp',
  262: 'mptcp',
};
const TCP = 6;

/** From here on Linux gives out ports by itself (ip_local_port_range): as names they would be one frame a socket. */
const FIRST_EPHEMERAL_PORT = 32_768;

/** Frames joined by NUL: `socket tcp 10.0.0.5 :5432`; of an accepted or listening one only the local port. */
function socketName(view: DataView, at: number): string {
  const field = (name: 'family' | 'protocol' | 'peerPort' | 'localPort' | 'passive') =>
    view.getUint16(at + SOCKET.offset[name], true);
  const family = field('family');
  if (family !== AF_INET && family !== AF_INET6) return `socket\0${SOCKET_FAMILIES[family] ?? `family ${family}`}`;
  const frames = ['socket', PROTOCOL_NAMES[field('protocol')] ?? `protocol ${field('protocol')}`];
  if (field('peerPort') !== 0 && field('passive') === 0) {
    const peer = new Uint8Array(view.buffer, view.byteOffset + at + SOCKET.offset.peer, 16);
    frames.push(family === AF_INET ? peer.subarray(0, 4).join('.') : ipv6(peer), `:${field('peerPort')}`);
  } else if (field('passive') !== 0 || (field('protocol') !== TCP && field('localPort') < FIRST_EPHEMERAL_PORT)) {
    if (field('localPort') !== 0) frames.push(`:${field('localPort')}`);
  }
  return frames.join('\0');
}

/** RFC 5952: the longest run of two or more zero groups as `::`; an IPv4-mapped address as IPv4. */
export function ipv6(address: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((address[2 * i] ?? 0) << 8) | (address[2 * i + 1] ?? 0));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) return address.subarray(12).join('.');
  let start = 0;
  let longest = 1;
  for (let i = 0; i < groups.length; i++) {
    let run = 0;
    while (groups[i + run] === 0) run++;
    if (run > longest) [start, longest] = [i, run];
  }
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  return longest < 2 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + longest))}`;
}
