// The kernel engine and `--engine stream` at the same time on the same command, and what each made of it.

import type { Test } from 'tap';
import { runCapture, type Tracer } from '../../src/cli/capture.ts';
import { Signals } from '../../src/cli/signals.ts';
import { DEFAULT_LIMITS } from '../../src/collector/live/ior-object.ts';
import { type Capture, Session } from '../../src/collector/live/session.ts';
import { STREAM_RING_BYTES } from '../../src/collector/live/stream-object.ts';
import { type StreamEnd, StreamSession } from '../../src/collector/live/stream-session.ts';
import { PairingEngine } from '../../src/fold/pairing.ts';
import { STATEFUL } from '../../src/fold/pairing-effects.ts';
import { type Dimension, FILE_TYPES, Profile } from '../../src/model/profile.ts';
import { selectSyscalls } from '../../src/syscalls/table.ts';

export interface Both {
  readonly kernel: Capture;
  readonly stream: StreamEnd;
  readonly engine: PairingEngine;
  readonly profile: Profile;
}

export interface BothOptions {
  readonly families?: readonly string[];
  readonly dimensions?: readonly Dimension[];
  readonly ringBytes?: number;
}

export async function traceWithBoth(t: Test, command: readonly string[], options: BothOptions = {}): Promise<Both> {
  const { dimensions = ['comm', 'path', 'syscall', 'type', 'pid', 'tid'], ringBytes = STREAM_RING_BYTES } = options;
  const selection = selectSyscalls({ families: options.families ?? ['file'], syscalls: [], excludeSyscalls: [] });
  const profile = new Profile(dimensions);
  const engine = new PairingEngine({ profile, selection, types: FILE_TYPES });
  const types = (1 << FILE_TYPES.length) - 1;
  const kernel = new Session({ selection, types, everything: false, limits: DEFAULT_LIMITS, dimensions });
  let stream: StreamSession;
  try {
    stream = new StreamSession({ selection, stateful: STATEFUL, everything: false, ringBytes }, engine);
  } catch (error) {
    kernel.close();
    throw error;
  }
  const both: Tracer<{ kernel: Capture; stream: StreamEnd }> = {
    start: () => {
      kernel.start();
      stream.start();
    },
    poll: () => {
      kernel.poll();
      stream.poll();
    },
    stop: () => ({ stream: stream.stop(), kernel: kernel.stop() }),
    close: () => {
      kernel.close();
      stream.close();
    },
    set launching(execves: number) {
      kernel.launching = execves;
      stream.launching = execves;
    },
    get calls() {
      return kernel.calls;
    },
    targetsAlive: undefined,
  };
  const end = await traceOf(t, both, command);
  engine.finish(end.stream.endNs);
  return { ...end, engine, profile };
}

/** Runs a command to its end under a tracer; fails the test when it did not exit with 0. */
export async function traceOf<End>(t: Test, tracer: Tracer<End>, command: readonly string[]): Promise<End> {
  const signals = new Signals();
  try {
    const options = { durationMs: undefined, command, stdoutIsTaken: true, progress: undefined };
    const { capture, command: ended } = await runCapture(tracer, signals, options);
    t.strictSame(await ended, { exitCode: 0 }, 'the command succeeded');
    return capture;
  } finally {
    signals.close();
  }
}

/** The rows of a profile as text: what they are told apart by, then calls, errors and bytes. */
export function cellsOf(profile: Profile): string[] {
  const found: string[] = [];
  for (let row = 0; row < profile.length; row++) {
    const values = profile.dimensions.map((dimension) => profile.text(row, dimension).replaceAll('\0', ' '));
    const weights = (['calls', 'errors', 'bytes'] as const).map((weight) => `${weight}=${profile.weight(row, weight)}`);
    found.push([...values, ...weights].join(' | '));
  }
  return found.toSorted();
}
