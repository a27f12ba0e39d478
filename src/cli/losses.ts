// What was lost, beyond what the engines count, and what --fail-on-loss makes of it. In: counters. Out: rows for the
// summary, and one sentence when there is reason to fail.

import type { LossCounter, Profile } from '../model/profile.ts';
import { formatCount } from '../model/units.ts';

/**
 * Counters that stand among the losses and tell of none: what such a call cost is counted for what it is, or nothing was
 * called at all, or what came of it has a counter of its own. Any other above 0 means a lost call or a wrong name.
 */
const HARMLESS: ReadonlySet<string> = new Set([
  ...['unfinished', 'begun before', 'never returned', 'untimed', 'unknown syscalls'],
  'unmatched exits', // seccomp denied the call
  ...['cells full', 'cells busy'], // overflowed
  ...['names deferred', 'names stale'], // unnamed cells
]);

/** recursion_misses of struct bpf_prog_info. */
export const SKIPPED = 'enters, exits and the like that the kernel did not show to our programs';

/** What a full profile had no room for. */
export function surplusLoss({ surplus: { calls, rows } }: Profile): LossCounter {
  const meaning = `calls of about ${formatCount(rows)} stacks above --max-stacks`;
  return { name: 'in [other]', count: calls, meaning };
}

/** Why a run that may lose nothing has failed; undefined when it has not. A counter that cannot be read is no reason. */
export function lossSentence(losses: readonly LossCounter[]): string | undefined {
  const found = losses.flatMap(({ name, count = 0 }) =>
    count > 0 && !HARMLESS.has(name) ? [`${name}: ${formatCount(count)}`] : [],
  );
  if (found.length === 0) return undefined;
  return `calls or their names were lost (${found.join(', ')}), and --fail-on-loss makes that a failure`;
}
