// The kernel engine as a Tracer: a Session, and what its counters mean.

import { DEFAULT_LIMITS } from '../collector/live/ior-object.ts';
import { type Capture, Session } from '../collector/live/session.ts';
import { FILE_TYPES, type LossCounter } from '../model/profile.ts';
import type { Tracer } from './capture.ts';
import type { EngineOptions, Outcome } from './outcome.ts';

/** Loads the programs. Throws a KernelError. */
export function kernelEngine({ selection, types, everything, dimensions }: EngineOptions): Tracer<Outcome> {
  const mask = types.reduce((mask, type) => mask | (1 << FILE_TYPES.indexOf(type)), 0);
  const session = new Session({ selection, types: mask, everything, dimensions, limits: DEFAULT_LIMITS });
  return {
    start: () => session.start(),
    poll: () => session.poll(),
    stop: () => outcomeOf(session.stop()),
    close: () => session.close(),
    set launching(value: boolean) {
      session.launching = value;
    },
    get calls() {
      return session.calls;
    },
  };
}

function outcomeOf(capture: Capture): Outcome {
  const { profile, lengthNs, startedAt, counters, leftOut, processesAlive } = capture;
  return {
    profile,
    lengthNs,
    startedAt,
    tracepoints: counters.enters + counters.exits + counters.mismatched + counters.unmatchedExits,
    mismatches: counters.mismatched + counters.superseded + counters.unmatchedExits,
    syscalls: counters.exits,
    folded: counters.folded + counters.overflowed,
    leftOut,
    losses: lossesOf(capture),
    isAtLeast: false,
    processesAlive,
  };
}

/** The order of struct ior_counters, then what user space counts. */
function lossesOf({ counters, sums }: Capture): LossCounter[] {
  const running = counters.enters - counters.exits - counters.superseded - counters.mismatched - counters.neverReturned;
  const rows: readonly (readonly [string, number, string])[] = [
    ['unfinished', running, 'calls still running at the stop'],
    ['never returned', counters.neverReturned, 'calls whose task ended inside them'],
    ['superseded', counters.superseded, 'enters followed by another enter'],
    ['mismatched', counters.mismatched, 'exits of another call than was entered'],
    ['unmatched exits', counters.unmatchedExits, 'exits without an enter'],
    ['32-bit calls', counters.compat, 'calls that were seen but not traced'],
    ['not stored', counters.notStored, 'calls for which the kernel had no task storage'],
    ['overflowed', counters.overflowed, "calls counted without their file's name"],
    ['cells full', counters.cellsFull, 'inserts refused because the map was full'],
    ['cells busy', counters.cellsBusy, 'inserts refused for another reason'],
    ['unnamed cells', sums.unnamed, "cells whose file's name never came"],
    ['names deferred', counters.namesDeferred, 'names tried again because the ring was full'],
    ['names stale', counters.namesStale, 'names gone before they could be read'],
    ['names cut', counters.namesCut, 'paths over 4096 bytes or 160 components'],
    ['paths unreadable', counters.pathsUnreadable, 'path arguments that could not be read'],
    [
      'not accounted for',
      counters.exits - counters.folded - counters.leftOut - counters.overflowed,
      'paired, but in no cell',
    ],
  ];
  return rows.map(([name, count, meaning]) => ({ name, count: Number.isFinite(count) ? count : undefined, meaning }));
}
