// `--engine stream` as a Tracer: every half of a call from the ring buffer into the pairing engine, and what its counters
// mean. The reference for the kernel engine, at several times its cost; when the ring is full, records are lost.

import { STREAM_RING_BYTES } from '../collector/live/stream-object.ts';
import { type StreamEnd, StreamSession } from '../collector/live/stream-session.ts';
import { PairingEngine } from '../fold/pairing.ts';
import { STATEFUL } from '../fold/pairing-effects.ts';
import { UserError } from '../model/errors.ts';
import { type LossCounter, Profile } from '../model/profile.ts';
import type { Tracer } from './capture.ts';
import { SKIPPED, surplusLoss } from './losses.ts';
import type { EngineOptions, Outcome } from './outcome.ts';

/** Loads the programs. Throws a KernelError. */
export function streamEngine(options: EngineOptions): Tracer<Outcome> {
  const { selection, types, filter, everything, dimensions, targets } = options;
  const { tids = [], uids = [], cgroups = [] } = targets ?? {};
  if (tids.length + uids.length + cgroups.length > 0) {
    // what others do to the descriptors that they share would not be seen
    throw new UserError('--engine stream takes no --tid, --user or --cgroup: leave them out, or use the kernel engine');
  }
  const ringBytes = options.limits?.ringBytes ?? STREAM_RING_BYTES;
  const profile = new Profile(dimensions, options.maxRows);
  const engine = new PairingEngine({ profile, selection, types, filter });
  const session = new StreamSession({ selection, stateful: STATEFUL, everything, targets, ringBytes }, engine);
  return {
    start: () => session.start(),
    poll: () => session.poll(),
    stop: () => {
      const end = session.stop();
      engine.finish(end.endNs);
      return outcomeOf(profile, engine, end, targets !== undefined);
    },
    close: () => session.close(),
    set launching(execves: number) {
      session.launching = execves;
    },
    get calls() {
      return engine.counters.exits;
    },
    get targetsAlive() {
      return targets === undefined ? undefined : session.processesAlive;
    },
  };
}

function outcomeOf(profile: Profile, engine: PairingEngine, end: StreamEnd, isAimed: boolean): Outcome {
  const { counters } = engine;
  const strays = counters.mismatchedExits + counters.unmatchedExits;
  const dropped = end.counters.map((cpu) => cpu.dropped);
  return {
    profile,
    lengthNs: end.lengthNs,
    startedAt: end.startedAt,
    tracepoints: counters.enters + counters.exits + strays,
    mismatches: counters.mismatched + counters.superseded + counters.unmatchedExits,
    syscalls: counters.exits,
    folded: counters.folded,
    leftOut: engine.leftOut,
    filteredOut: engine.filteredOut,
    losses: [...lossesOf(end), ...engine.losses, surplusLoss(profile)],
    isAtLeast: dropped.some((count) => count > 0),
    processesAlive: isAimed ? 0 : end.processesAlive,
  };
}

function lossesOf({ counters, skippedRuns }: StreamEnd): LossCounter[] {
  const rows = [
    ['dropped', 'dropped', 'records that found the ring full'],
    ['32-bit calls', 'compat', 'calls that were seen but not traced'],
    ['not stored', 'notStored', 'tasks for which the kernel had no task storage'],
    ['names cut', 'namesCut', 'paths over 4096 bytes or 160 components'],
    ['strings unreadable', 'pathsUnreadable', 'path arguments that could not be read'],
    ['not received', 'notReceived', 'messages with more descriptors than were looked at'],
  ] as const;
  const skipped = { name: 'runs skipped', count: skippedRuns, meaning: SKIPPED };
  const counted = rows.map(([name, counter, meaning]) => {
    const perCpu = counters.map((cpu) => cpu[counter]);
    const count = perCpu.reduce((sum, value) => sum + value, 0);
    return counter === 'dropped' ? { name, count, meaning, perCpu } : { name, count, meaning };
  });
  return [...counted, skipped];
}
