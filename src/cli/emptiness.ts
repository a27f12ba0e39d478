// Why there is nothing to see though calls were seen. In: what the filters left out. Out: a sentence for the picture.

import type { Outcome } from './outcome.ts';

/** undefined when no call was left out. */
export function whyNonePassed({ leftOut, filteredOut }: Pick<Outcome, 'leftOut' | 'filteredOut'>): string | undefined {
  const types = [...leftOut.keys()].join(', ');
  if (filteredOut.calls > 0) {
    const others = types === '' ? '' : `; others are on types of files that are left out (${types})`;
    return `No selected call matches --comm and --path${others}.`;
  }
  if (types === '') return undefined;
  return `All selected calls are on types of files that are left out (${types}): --type all shows them.`;
}
