// Identities of files and the names they go by. In: the ring's name records. Out: text ids of paths. Names are kept for
// two epochs: the kernel sends a name again in every epoch in which a cell needs it, and a cell of one epoch is named in
// it or, around the turn, in the one before (see "Names and epochs" in ARCHITECTURE.md). So memory here is bounded by
// the files of two epochs, whatever a trace has seen in all.

import { decodeName } from '../../model/names.ts';
import { FRONT_UNKNOWN, joinPath } from '../../model/paths.ts';
import { FILE_TYPES } from '../../model/profile.ts';
import { AF_INET, AF_INET6, SOCKET_FAMILIES } from '../../model/sockets.ts';
import type { Texts } from '../../model/texts.ts';
import { TupleTable } from '../../model/tuple-table.ts';
import { FILE_WORDS, NAME, NAME_FLAG, NAME_KIND, SOCKET } from './abi.ts';

export { joinPath };

/** linux/magic.h */
const PID_FS_MAGIC = 0x50494446;
const NSFS_MAGIC = 0x6e736673;

class Generation {
  readonly #files = new TupleTable(FILE_WORDS);
  readonly #texts: number[] = [];

  get(file: ArrayLike<number>): number | undefined {
    return this.#texts[this.#files.find(file)];
  }

  set(file: ArrayLike<number>, text: number): void {
    this.#texts[this.#files.add(file)] = text;
  }
}

export class NameStore {
  readonly #texts: Texts;
  readonly #file = new Int32Array(FILE_WORDS);
  #current = new Generation();
  #previous = new Generation();

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  /** From now on names count for the next epoch, and those of the one before last are forgotten. */
  beginEpoch(): void {
    this.#previous = this.#current;
    this.#current = new Generation();
  }

  /** The text id of the path of a file, FILE_WORDS words long; undefined when its name never came. */
  path(file: ArrayLike<number>): number | undefined {
    return this.#current.get(file) ?? this.#previous.get(file);
  }

  /** Takes one record of the ring: a struct ior_name of which `data` holds `len` bytes. */
  add(view: DataView, at: number): void {
    this.#readFile(view, at + NAME.offset.file);
    const flags = view.getUint32(at + NAME.offset.flags, true);
    const kind = view.getUint32(at + NAME.offset.kind, true);
    const known = this.path(this.#file);
    // A file keeps the name it had when it was alive, and a socket the one with the peer that it had when connected.
    if (known !== undefined && (kind !== NAME_KIND.socket || this.#isFullSocketName(known))) {
      this.#current.set(this.#file, known);
      return;
    }
    const length = view.getUint32(at + NAME.offset.len, true);
    const data = new Uint8Array(view.buffer, view.byteOffset + at + NAME.offset.data, length);
    let path: string;
    if (kind === NAME_KIND.walk) {
      path = pathOfWalk(decodeName(data), (flags & (NAME_FLAG.cut | NAME_FLAG.detached)) !== 0);
      if (flags & NAME_FLAG.deleted) path += ' (deleted)';
    } else if (kind === NAME_KIND.string) {
      const base = this.#basePath(view, at + NAME.offset.base);
      this.#readFile(view, at + NAME.offset.file);
      path = joinPath(base, decodeName(data));
    } else if (kind === NAME_KIND.socket) {
      path = socketName(view, at + NAME.offset.data);
    } else {
      const type = FILE_TYPES[view.getUint32(at + NAME.offset.type, true)];
      path = loneName(type, decodeName(data), view.getUint32(at + NAME.offset.magic, true));
    }
    this.#current.set(this.#file, this.#texts.id(path));
  }

  /** With a peer, or TCP's with the port it listens on; one that is only bound may be connected yet. */
  #isFullSocketName(text: number): boolean {
    const frames = this.#texts.text(text).split('\0');
    return frames.length > 3 || (frames.length === 3 && frames[1] === 'tcp');
  }

  #basePath(view: DataView, at: number): string | undefined {
    this.#readFile(view, at);
    const text = this.path(this.#file);
    return text === undefined ? undefined : this.#texts.text(text);
  }

  #readFile(view: DataView, at: number): void {
    for (let i = 0; i < FILE_WORDS; i++) this.#file[i] = view.getInt32(at + i * 4, true);
  }
}

/** `libc.so.6/lib/usr/` → `/usr/lib/libc.so.6`. Exported for the tests. */
export function pathOfWalk(components: string, frontIsMissing: boolean): string {
  const names = components.split('/');
  names.pop(); // what follows the last slash
  names.reverse();
  return `${frontIsMissing ? FRONT_UNKNOWN : ''}/${names.join('/')}`;
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
