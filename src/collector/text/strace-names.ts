// Strings and what is behind descriptors, as strace writes them: C escapes become the bytes that they stand for, and
// `TCP:[10.0.0.1:4000->10.0.0.5:5432]` the name that such a socket has in a Profile. Ranges of bytes come in, names as
// in src/model/names.ts go out. Nothing here runs on the hot path: each distinct text comes once (see ByteTable).

import { decodeName, encodeName } from '../../model/names.ts';

const BACKSLASH = 0x5c;
const ZERO = 0x30;
const SEVEN = 0x37;
const LETTERS: Readonly<Record<string, number>> = { a: 7, b: 8, e: 27, f: 12, n: 10, r: 13, t: 9, v: 11 };

/** The name between the quotes: `a\tb\303\251\x7f` with octal escapes of one to three digits, hex ones of two. */
export function unescapeString(bytes: Buffer, start: number, end: number): string {
  const range = bytes.subarray(start, end);
  if (!range.includes(BACKSLASH)) return decodeName(range);
  const out = Buffer.allocUnsafe(range.length);
  let length = 0;
  for (let i = 0; i < range.length; ) {
    const c = range[i++] as number;
    if (c !== BACKSLASH || i === range.length) {
      out[length++] = c;
      continue;
    }
    const escaped = range[i++] as number;
    if (escaped >= ZERO && escaped <= SEVEN) {
      let value = escaped - ZERO;
      for (let digits = 1; digits < 3 && isOctal(range[i]); digits++) value = value * 8 + (range[i++] as number) - ZERO;
      out[length++] = value & 0xff;
      continue;
    }
    const letter = String.fromCharCode(escaped);
    const hex = letter === 'x' ? /^[0-9a-f]{1,2}/i.exec(range.toString('latin1', i, i + 2))?.[0] : undefined;
    if (hex !== undefined) {
      out[length++] = Number.parseInt(hex, 16);
      i += hex.length;
    } else {
      out[length++] = LETTERS[letter] ?? escaped;
    }
  }
  return decodeName(out.subarray(0, length));
}

function isOctal(c: number | undefined): boolean {
  return c !== undefined && c >= ZERO && c <= SEVEN;
}

/** `TCP:[local->peer]`, `TCPv6:[[::1]:22->[::1]:4000]`; without a peer it listens, or is a bound datagram socket. */
const ENDPOINTS = /^([A-Z]+)(?:v6)?:\[(?:(.*):(\d+)->)?(.*):(\d+)\]$/;
const SOCKET_KINDS = /^([A-Z]+)(?:v6)?(?:-[A-Z]+)?:\[/;
const UNNAMED = new Set(['INET', 'PF']);

/** What is behind descriptors, by strace's words for it. */
export class FdNames {
  /** `tcp :8080` of each port that something listens on: a connection whose local port it is was accepted there. */
  readonly #listening = new Set<string>();

  name(bytes: Buffer, start: number, end: number): string {
    const text = unescapeString(bytes, start, end);
    if (text.startsWith('/')) return text;
    if (/^(?:pipe|FIFO):\[/.test(text)) return 'pipe';
    if (text.startsWith('socket:[')) return 'socket';
    if (/^(?:pid:|pidfd:)/.test(text)) return 'anon_inode:[pidfd]';
    if (text.startsWith('signalfd:[')) return 'anon_inode:[signalfd]';
    return this.#socketName(text) ?? text;
  }

  #socketName(text: string): string | undefined {
    const kind = SOCKET_KINDS.exec(text)?.[1];
    if (kind === undefined) return undefined;
    const protocol = kind.toLowerCase();
    const endpoints = ENDPOINTS.exec(text);
    if (endpoints === null || protocol === 'unix' || protocol === 'netlink') {
      return UNNAMED.has(kind) ? 'socket' : `socket\0${protocol}`;
    }
    const [, , , localPort, address = '', port = ''] = endpoints;
    if (localPort === undefined) {
      if (Number(port) === 0) return `socket\0${protocol}`;
      this.#listening.add(`${protocol} :${port}`);
      return `socket\0${protocol}\0:${port}`;
    }
    if (protocol === 'tcp' && this.#listening.has(`tcp :${localPort}`)) return `socket\0tcp\0:${localPort}`;
    return `socket\0${protocol}\0${address.replace(/^\[(?:::ffff:(?=\d+\.))?(.*)\]$/, '$1')}\0:${port}`;
  }
}

const COMM_LENGTH = 15;

/** The comm that a program gets from the path it was started by. */
export function commOfPath(path: string): string {
  return cutComm(path.slice(path.lastIndexOf('/') + 1));
}

/** The kernel keeps 15 bytes. */
export function cutComm(name: string): string {
  if (name.length * 3 <= COMM_LENGTH) return name;
  const bytes = encodeName(name);
  return bytes.length <= COMM_LENGTH ? name : decodeName(bytes.subarray(0, COMM_LENGTH));
}
