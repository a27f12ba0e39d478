// Starts and stops sessions of an engine in this process and prints what it holds after 20 of them and after all, a line
// of JSON each: cycles.mjs kernel|stream COUNT. Plain JavaScript, as users have it: a loader's own memory would hide ours.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { DEFAULT_LIMITS } from '../../dist/collector/live/ior-object.js';
import { Session } from '../../dist/collector/live/session.js';
import { STREAM_RING_BYTES } from '../../dist/collector/live/stream-object.js';
import { StreamSession } from '../../dist/collector/live/stream-session.js';
import { PairingEngine } from '../../dist/fold/pairing.js';
import { STATEFUL } from '../../dist/fold/pairing-effects.js';
import { FILE_TYPES, Profile } from '../../dist/model/profile.js';
import { selectSyscalls } from '../../dist/syscalls/table.js';

const dimensions = ['comm', 'path', 'syscall'];
const selection = selectSyscalls({ families: ['file'], syscalls: [], excludeSyscalls: [] });
const types = (1 << FILE_TYPES.length) - 1;

/** Calls that were seen of a cat. */
const CYCLES = {
  kernel() {
    const session = new Session({ selection, types, everything: true, dimensions, limits: DEFAULT_LIMITS });
    session.start();
    work();
    session.poll();
    return session.stop().profile.length;
  },
  stream() {
    const profile = new Profile(dimensions);
    const engine = new PairingEngine({ profile, selection });
    const session = new StreamSession(
      { selection, stateful: STATEFUL, everything: true, ringBytes: STREAM_RING_BYTES },
      engine,
    );
    session.start();
    work();
    session.poll();
    engine.finish(session.stop().endNs);
    return profile.length;
  },
};

function work() {
  spawnSync('cat', ['/etc/passwd'], { stdio: 'ignore' });
}

function held() {
  const ids = { prog: new Set(), map: new Set(), link: new Set() };
  const fds = readdirSync('/proc/self/fd').length;
  for (const fd of readdirSync('/proc/self/fdinfo')) {
    let info = '';
    try {
      info = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
    } catch {
      continue; // that of the listing itself
    }
    for (const [kind, found] of Object.entries(ids)) {
      const id = new RegExp(`^${kind}_id:\\s*(\\d+)`, 'm').exec(info)?.[1];
      if (id !== undefined) found.add(id);
    }
  }
  const mappings = readFileSync('/proc/self/maps', 'utf8').match(/anon_inode:bpf/g)?.length ?? 0;
  global.gc();
  const { rss } = process.memoryUsage();
  return { fds, programs: ids.prog.size, maps: ids.map.size, links: ids.link.size, mappings, rss };
}

const cycle = CYCLES[process.argv[2]];
const all = Number(process.argv[3]);
for (let count = 1; count <= all; count++) {
  const rows = cycle();
  if (rows < 3) throw new Error(`cycle ${count} saw ${rows} rows`);
  if (count === 20 || count === all) console.log(JSON.stringify(held()));
}
