// Names without a kernel: records of the ring are built by hand, as the kernel side lays them out.

import { isIPv6 } from 'node:net';
import t from 'tap';
import { NAME, NAME_FLAG, NAME_KIND, SOCKET } from '../../src/collector/live/abi.ts';
import { ipv6, pathOfWalk } from '../../src/collector/live/name-record.ts';
import { NameStore } from '../../src/collector/live/name-store.ts';
import { encodeName } from '../../src/model/names.ts';
import { joinPath } from '../../src/model/paths.ts';
import { FILE_TYPES, type FileType } from '../../src/model/profile.ts';

t.test('a walk from the leaf up becomes a path', async (t) => {
  const cases: readonly (readonly [string, boolean, string])[] = [
    ['libc.so.6/lib/usr/', false, '/usr/lib/libc.so.6'],
    ['etc/', false, '/etc'],
    ['', false, '/'],
    ['c/b/a/', true, '.../a/b/c'],
    ['', true, '.../'],
    ['we;ird\n name 7/tmp/', false, '/tmp/we;ird\n name 7'],
    ['.../a/', false, '/a/...'],
  ];
  for (const [components, cut, path] of cases) {
    t.equal(pathOfWalk(encodeName(components), cut), path, JSON.stringify(components));
  }
});

t.test('the string of a call becomes an absolute path', async (t) => {
  const cases: readonly (readonly [string | undefined, string, string, string?])[] = [
    // from a directory
    ['/home/ann', 'notes', '/home/ann/notes'],
    ['/home/ann', './notes', '/home/ann/notes'],
    ['/home/ann', 'a//b///c', '/home/ann/a/b/c'],
    ['/home/ann', 'dir/', '/home/ann/dir'],
    ['/home/ann', '.', '/home/ann'],
    ['/home/ann', './', '/home/ann'],
    ['/home/ann', '..', '/home'],
    ['/home/ann', '../bob/x', '/home/bob/x'],
    ['/home/ann', '../../../..', '/'],
    ['/home/ann', 'a/../../b/./c', '/home/b/c'],
    ['/home/ann', '..a/b..', '/home/ann/..a/b..'],
    ['/home/ann', '.hidden', '/home/ann/.hidden'],
    ['/home/ann', '...', '/home/ann/...'],
    ['/home/ann', '', '/home/ann'],
    ['/', 'etc', '/etc'],
    ['/', '..', '/'],
    ['/', '', '/'],
    // absolute: the base is the root of the process
    ['/', '/etc/passwd', '/etc/passwd'],
    ['/', '/', '/'],
    ['/', '//', '/'],
    ['/', '/..', '/'],
    ['/', '/etc/', '/etc'],
    ['/', '/a/./b/../c', '/a/c'],
    ['/', '/a/b/..', '/a'],
    ['/', '/../../etc', '/etc'],
    ['/srv/jail', '/etc/passwd', '/srv/jail/etc/passwd', '/srv/jail'],
    ['/srv/jail', '/', '/srv/jail', '/srv/jail'],
    ['/srv/jail', '/../../etc', '/srv/jail/etc', '/srv/jail'],
    ['/srv/jail/sub', '../../etc', '/srv/jail/etc', '/srv/jail'],
    ['/srv/jail', '..', '/srv/jail', '/srv/jail'],
    ['/srv/jail', '..', '/srv', '/'],
    ['/srv/jailer', '../x', '/srv/x', '/srv/jail'],
    ['/srv/jail', '..', '/srv'],
    // from a directory whose name never came
    [undefined, '/etc/passwd', '/etc/passwd'],
    [undefined, '/', '/'],
    [undefined, 'notes', '.../notes'],
    [undefined, 'a/./b', '.../a/b'],
    [undefined, 'a/..', '...'],
    [undefined, '../x', '.../x'],
    // from one whose front is missing
    ['.../deep/dir', 'x/../y', '.../deep/dir/y'],
    ['.../deep/dir', '../y', '.../deep/y'],
  ];
  for (const [base, path, expected, root] of cases) {
    const joined = joinPath(base, path, root);
    t.equal(joined, expected, `${base ?? 'unknown'} and ${JSON.stringify(path)}`);
  }
});

t.test('IPv6 addresses as in RFC 5952', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000000000000001', '::1'],
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['20010db8000000000001000000000001', '2001:db8::1:0:0:1'],
    ['20010000000000010000000000000001', '2001:0:0:1::1'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['20010db8000100020003000400050000', '2001:db8:1:2:3:4:5:0'],
    ['20010db8000100020003000400000000', '2001:db8:1:2:3:4::'],
    ['00000001000200030004000500060007', '0:1:2:3:4:5:6:7'],
    ['00000000000200030004000500060007', '::2:3:4:5:6:7'],
    ['fe800000000000000a0b0c0dffee0102', 'fe80::a0b:c0d:ffee:102'],
    ['00000000000000000000ffffc0000201', '192.0.2.1'],
    ['ffffffffffffffffffffffffffffffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ];
  for (const [hex, text] of cases) {
    const address = Buffer.from(hex, 'hex');
    t.equal(ipv6(address), text);
    if (text.includes(':')) t.ok(isIPv6(text), `${text} is one`);
  }
});

type Identity = readonly [number, number, number, number];
const A: Identity = [1, 2, 3, 4];
const B: Identity = [1, 2, 3, 5];
const ROOT: Identity = [-1, -2, -3, -4]; // words with the highest bit set
const UNKNOWN: Identity = [9, 9, 9, 9];

interface NameRecord {
  readonly file: Identity;
  readonly base?: Identity;
  readonly kind: keyof typeof NAME_KIND;
  readonly flags?: number;
  readonly type?: FileType;
  readonly magic?: number;
  readonly data: string | Uint8Array;
}

/** A store, and what the kernel does to it. */
class Store {
  readonly #names = new NameStore();

  /** Takes in a record that does not lie at the start of its memory. */
  add({ file, base = [0, 0, 0, 0], kind, flags = 0, type = 'file', magic = 0, data }: NameRecord): void {
    const AT = 24;
    const bytes = typeof data === 'string' ? encodeName(data) : data;
    const memory = new Uint8Array(4096 + AT + NAME.offset.data + bytes.length);
    const view = new DataView(memory.buffer, 4096);
    for (let i = 0; i < 4; i++) {
      view.setInt32(AT + NAME.offset.file + 4 * i, file[i] as number, true);
      view.setInt32(AT + NAME.offset.base + 4 * i, base[i] as number, true);
    }
    view.setUint32(AT + NAME.offset.kind, NAME_KIND[kind], true);
    view.setUint32(AT + NAME.offset.flags, flags, true);
    view.setUint32(AT + NAME.offset.type, FILE_TYPES.indexOf(type), true);
    view.setUint32(AT + NAME.offset.len, bytes.length, true);
    view.setUint32(AT + NAME.offset.magic, magic, true);
    memory.set(bytes, 4096 + AT + NAME.offset.data);
    this.#names.add(view, AT);
  }

  beginEpoch(): void {
    this.#names.beginEpoch();
  }

  /** Frames of sockets are shown apart by spaces. */
  path(file: Identity): string | undefined {
    return this.#names.name(Int32Array.from(file))?.path.replaceAll('\0', ' ');
  }
}

t.test('files by their whole identity', async (t) => {
  const store = new Store();
  store.add({ file: A, kind: 'walk', data: 'a/tmp/' });
  store.add({ file: B, kind: 'walk', data: 'b/tmp/' });
  store.add({ file: ROOT, kind: 'walk', data: '' });
  t.equal(store.path(A), '/tmp/a');
  t.equal(store.path(B), '/tmp/b');
  t.equal(store.path(ROOT), '/');
  t.equal(store.path(UNKNOWN), undefined);
});

t.test('bytes that are no text survive', async (t) => {
  const store = new Store();
  store.add({ file: A, kind: 'walk', data: Uint8Array.of(0x61, 0xff, 0x2f) });
  t.equal(store.path(A), '/a\udcff');
});

t.test('a deleted file keeps the name that it had; one first seen deleted says so', async (t) => {
  const store = new Store();
  store.add({ file: A, kind: 'walk', data: 'a/tmp/' });
  store.add({ file: A, kind: 'walk', flags: NAME_FLAG.deleted, data: 'a/tmp/' });
  t.equal(store.path(A), '/tmp/a');
  store.add({ file: B, kind: 'walk', flags: NAME_FLAG.deleted, data: 'b/tmp/' });
  t.equal(store.path(B), '/tmp/b (deleted)');
});

t.test('a path whose front is missing says so', async (t) => {
  const store = new Store();
  store.add({ file: A, kind: 'walk', flags: NAME_FLAG.cut, data: 'c/b/' });
  store.add({ file: B, kind: 'walk', flags: NAME_FLAG.detached | NAME_FLAG.deleted, data: 'x/y/' });
  t.equal(store.path(A), '.../b/c');
  t.equal(store.path(B), '.../y/x (deleted)');
});

t.test('strings start from their base, when its name is known', async (t) => {
  const store = new Store();
  store.add({ file: ROOT, kind: 'walk', data: 'jail/srv/' });
  store.add({ file: A, base: ROOT, kind: 'string', data: '../x' });
  store.add({ file: B, base: UNKNOWN, kind: 'string', data: 'x' });
  t.equal(store.path(A), '/srv/x');
  t.equal(store.path(B), '.../x');
  t.equal(store.path(ROOT), '/srv/jail', 'the base keeps its own');
});

t.test('files without a directory', async (t) => {
  const cases: readonly (readonly [FileType, string, number, string])[] = [
    ['pipe', '', 0, 'pipe'],
    ['file', 'memfd:notes', 0, 'memfd:notes'],
    ['file', '', 0, '[no name]'],
    ['anon', '[eventfd]', 0x09041934, 'anon_inode:[eventfd]'],
    ['anon', '', 0x50494446, 'anon_inode:[pidfd]'],
    ['anon', '', 0x6e736673, 'anon_inode:[ns]'],
  ];
  for (const [type, data, magic, path] of cases) {
    const store = new Store();
    store.add({ file: A, kind: 'lone', type, magic, data });
    t.equal(store.path(A), path);
  }
});

const AF = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
const TCP = 6;
const UDP = 17;

interface SocketFields {
  readonly family: number;
  readonly protocol?: number;
  readonly peerPort?: number;
  readonly localPort?: number;
  readonly passive?: number;
  readonly peer?: readonly number[];
}

function socketOf({ peer = [], ...fields }: SocketFields): Uint8Array {
  const bytes = new Uint8Array(SOCKET.size);
  const view = new DataView(bytes.buffer);
  for (const name of ['family', 'protocol', 'peerPort', 'localPort', 'passive'] as const) {
    view.setUint16(SOCKET.offset[name], fields[name] ?? 0, true);
  }
  bytes.set(peer, SOCKET.offset.peer);
  return bytes;
}

t.test('sockets by protocol and peer, or by their own port', async (t) => {
  const peer = [10, 0, 0, 5];
  const cases: readonly (readonly [SocketFields, string])[] = [
    [{ family: AF.unix }, 'socket unix'],
    [{ family: AF.netlink }, 'socket netlink'],
    [{ family: 99 }, 'socket family 99'],
    [{ family: AF.inet, protocol: TCP }, 'socket tcp'],
    [{ family: AF.inet, protocol: TCP, localPort: 40_000 }, 'socket tcp'],
    [{ family: AF.inet, protocol: TCP, localPort: 40_000, peerPort: 5432, peer }, 'socket tcp 10.0.0.5 :5432'],
    [{ family: AF.inet, protocol: TCP, localPort: 80, passive: 1 }, 'socket tcp :80'],
    [{ family: AF.inet, protocol: TCP, localPort: 80, peerPort: 40_000, passive: 1, peer }, 'socket tcp :80'],
    [{ family: AF.inet, protocol: UDP, localPort: 53 }, 'socket udp :53'],
    [
      { family: AF.inet6, protocol: UDP, peerPort: 53, peer: [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1] },
      'socket udp 2001:db8::1 :53',
    ],
    [{ family: AF.inet6, protocol: 200 }, 'socket protocol 200'],
  ];
  for (const [fields, path] of cases) {
    const store = new Store();
    store.add({ file: A, kind: 'socket', type: 'socket', data: socketOf(fields) });
    t.equal(store.path(A), path);
  }
});

t.test('a socket gets its peer later, and keeps it', async (t) => {
  const store = new Store();
  const add = (fields: SocketFields) => store.add({ file: A, kind: 'socket', type: 'socket', data: socketOf(fields) });
  add({ family: AF.inet, protocol: TCP });
  t.equal(store.path(A), 'socket tcp');
  add({ family: AF.inet, protocol: TCP, peerPort: 5432, peer: [10, 0, 0, 5] });
  t.equal(store.path(A), 'socket tcp 10.0.0.5 :5432');
  add({ family: AF.inet, protocol: TCP });
  t.equal(store.path(A), 'socket tcp 10.0.0.5 :5432', 'also when it is shut down');
  store.beginEpoch();
  add({ family: AF.inet, protocol: TCP });
  t.equal(store.path(A), 'socket tcp 10.0.0.5 :5432', 'also in the next epoch');
});

t.test('names are kept for two epochs', async (t) => {
  const store = new Store();
  store.add({ file: A, kind: 'walk', data: 'a/' });
  store.beginEpoch();
  t.equal(store.path(A), '/a', 'around the turn');
  store.add({ file: B, kind: 'walk', data: 'b/' });
  store.beginEpoch();
  t.equal(store.path(A), undefined, 'forgotten');
  t.equal(store.path(B), '/b');
});

t.test('a name that is sent again lives on, and stays what it was', async (t) => {
  const store = new Store();
  store.add({ file: A, kind: 'walk', data: 'a/tmp/' });
  for (let epoch = 0; epoch < 5; epoch++) {
    store.beginEpoch();
    store.add({ file: A, kind: 'walk', flags: NAME_FLAG.deleted, data: 'a/tmp/' });
    t.equal(store.path(A), '/tmp/a', 'deleted meanwhile');
  }
  store.beginEpoch();
  store.beginEpoch();
  store.add({ file: A, kind: 'walk', flags: NAME_FLAG.deleted, data: 'a/tmp/' });
  t.equal(store.path(A), '/tmp/a (deleted)', 'what was forgotten is first seen again');
});
