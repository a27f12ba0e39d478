// The kernel engine as a Tracer: a Session, and what its counters mean.

import { DEFAULT_LIMITS, hasTasks } from '../collector/live/ior-object.ts';
import { type Capture, Session } from '../collector/live/session.ts';
import { FILE_TYPES, type LossCounter } from '../model/profile.ts';
import type { Tracer } from './capture.ts';
import { SKIPPED, surplusLoss } from './losses.ts';
import type { EngineOptions, Outcome } from './outcome.ts';

/** Loads the programs. Throws a KernelError. */
export function kernelEngine({ types, ...options }: EngineOptions): Tracer<Outcome> {
  const mask = types.reduce((mask, type) => mask | (1 << FILE_TYPES.indexOf(type)), 0);
  const session = new Session({ ...options, types: mask, limits: { ...DEFAULT_LIMITS, ...options.limits } });
  return {
    start: () => session.start(),
    poll: () => session.poll(),
    stop: () => outcomeOf(session.stop(), hasTasks(options.targets)),
    close: () => session.close(),
    set launching(execves: number) {
      session.launching = execves;
    },
    get calls() {
      return session.calls;
    },
    get targetsAlive() {
      return session.targetsAlive;
    },
  };
}

function outcomeOf(capture: Capture, isAimed: boolean): Outcome {
  const { profile, lengthNs, startedAt, counters, sums, leftOut, filteredOut, processesAlive } = capture;
  return {
    profile,
    lengthNs,
    startedAt,
    tracepoints: counters.enters + counters.exits + counters.mismatched + counters.unmatchedExits,
    mismatches: counters.mismatched + counters.superseded + counters.unmatchedExits,
    syscalls: counters.exits,
    folded: counters.folded + counters.overflowed - sums.filteredCalls,
    leftOut,
    filteredOut,
    losses: [...lossesOf(capture), surplusLoss(profile)],
    isAtLeast: false,
    processesAlive: isAimed ? 0 : processesAlive,
  };
}

/** The order of struct ior_counters, then what user space counts. */
function lossesOf({ counters, sums, unfinished, skippedRuns }: Capture): LossCounter[] {
  const { enters, exits, superseded, mismatched, neverReturned } = counters;
  const endless = enters - exits - superseded - mismatched - neverReturned - unfinished;
  const rows: readonly (readonly [string, number | undefined, string])[] = [
    ['unfinished', unfinished, 'calls still running at the stop'],
    ['begun before', counters.begunBefore, 'calls that were running when the trace began, counted from there'],
    ['never returned', counters.neverReturned, 'calls whose task ended inside them'],
    ['superseded', counters.superseded, 'enters followed by another enter'],
    ['mismatched', counters.mismatched, 'exits of another call than was entered'],
    ['unmatched exits', counters.unmatchedExits, 'exits without an enter'],
    ['32-bit calls', counters.compat, 'calls that were seen but not traced'],
    ['not stored', counters.notStored, 'calls for which the kernel had no task storage'],
    ['runs skipped', skippedRuns, SKIPPED],
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
      endless + exits - counters.folded - counters.leftOut - counters.overflowed,
      'entered or paired, but in no cell',
    ],
  ];
  return rows.map(([name, count, meaning]) => ({ name, count: Number.isFinite(count) ? count : undefined, meaning }));
}
