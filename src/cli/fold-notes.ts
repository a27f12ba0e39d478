// What a user should know of a fold besides its numbers, in sentences: what was understood otherwise than it may have been
// meant, and why there is nothing to see.

import type { Inputs } from '../collector/text/inputs.ts';
import { UserError } from '../model/errors.ts';
import { visibleText } from '../model/escape.ts';
import { counted } from '../model/units.ts';
import { whyNonePassed } from './emptiness.ts';
import { nameOfFiles } from './fold-summary.ts';
import type { TextFold } from './fold-text.ts';
import type { SelectionArguments } from './selection-options.ts';

/** @throws UserError when there is nothing that filters and fields could be applied to */
export function notesOf(folded: TextFold, { repeated }: Inputs, argv: SelectionArguments): readonly string[] {
  const notes = repeated.map((name) => `${visibleText(name)} was named before and is read once`);
  notes.push(...notesOfStacks(folded, argv));
  if (argv.weight === undefined && folded.weight === 'count') {
    notes.push('The trace tells no durations (strace -T does): calls are counted instead, as with --weight count');
  }
  if (folded.differences > 0) {
    notes.push(`Of ${counted(folded.differences, 'lines')} with two counts, as of a difference, the second was taken`);
  }
  return notes;
}

function notesOfStacks({ reads, weight }: TextFold, argv: SelectionArguments): readonly string[] {
  const files = reads.filter(({ format }) => format === 'folded').flatMap(({ names }) => names);
  if (files.length === 0) return [];
  const name = nameOfFiles(files);
  const options = optionsOfCalls(argv).join(', ');
  const areAll = reads.every(({ format }) => format === 'folded');
  if (options !== '' && areAll) {
    throw new UserError(
      `cannot apply ${options} to ${name}: folded text holds stacks, not calls; leave that out, or fold the trace itself`,
    );
  }
  const notes: string[] = [];
  if (options !== '') notes.push(`The stacks of ${name} are folded already and go in as they are, without ${options}`);
  if (weight !== undefined) {
    const unit = weight === 'duration' || weight === 'gap' ? ` in ${argv.unit ?? 'ns'}` : '';
    notes.push(`The counts of ${name} are taken as --weight ${weight}${unit}: folded text does not tell what they are`);
  }
  return notes;
}

/** The options given that choose or split calls, and mean nothing to stacks. */
function optionsOfCalls(argv: SelectionArguments): string[] {
  const lists = ['family', 'syscall', 'exclude-syscall', 'type', 'comm', 'path', 'fields'] as const;
  const given: string[] = lists.filter((name) => (argv[name]?.length ?? 0) > 0);
  if (argv['path-frames'] !== undefined) given.push('path-frames');
  if (argv['max-stacks'] !== undefined) given.push('max-stacks');
  return given.map((name) => `--${name}`);
}

/** Why the picture is empty; undefined when it is not. */
export function whyEmpty({ trie, counters, leftOut, filteredOut, weight }: TextFold): string | undefined {
  if ((trie.totals(0)[0] as number) > 0) return undefined;
  if (trie.length > 1 && counters.folded === 0) return 'All counts are 0.';
  if (counters.exits === 0) {
    return 'None of the selected system calls stands in the trace: --family and --syscall choose others.';
  }
  if (counters.folded === 0) return whyNonePassed({ leftOut, filteredOut });
  if (weight === 'duration') return 'The trace tells no durations: record it with strace -T, or give --weight count.';
  return `No selected call has any ${weight}: choose another --weight.`;
}
