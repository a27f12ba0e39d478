// A command line as flamegraph.pl and inferno take it, read by a table of options: long ones, also shortened as far as they
// stay clear, with their value behind `=` or as the next word. Words in, settings out, or a UserError of one sentence. yargs does
// the same for the other verbs; to load it takes as long as to draw ten thousand stacks.

import { UserError } from '../model/errors.ts';

/** One row of the table. `set` takes the value, or '' for an option without one, and may throw a UserError. */
export interface OptionRow<T> {
  readonly name: string;
  /** One letter. */
  readonly alias?: string;
  /** What the value is called in the help; without it the option is a flag. */
  readonly value?: string;
  readonly describe: string;
  readonly defaultDescription?: string;
  readonly set: (settings: T, value: string) => void;
}

/** @returns the words that are no options; behind `--` all are none, and `-` is one */
export function readArguments<T>(
  words: readonly string[],
  rows: readonly OptionRow<T>[],
  settings: T,
  help: string,
): string[] {
  const others: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === '--') return [...others, ...words.slice(i + 1)];
    if (!word.startsWith('-') || word === '-') {
      others.push(word);
      continue;
    }
    const [option, attached] = split(word, rows);
    const row = rowOf(option, rows, help);
    if (row.value === undefined) {
      if (attached !== undefined) throw new UserError(`${option} takes no value: it was given '${attached}'`);
      row.set(settings, '');
    } else {
      const value = attached ?? words[++i];
      if (value === undefined) throw new UserError(`${option} needs a value: see ${help}`);
      row.set(settings, value);
    }
  }
  return others;
}

/** `--width=3`, `-oFILE` and `-o=FILE` in two; undefined for what has no value in it. `-width` is as good as `--width`. */
function split(
  word: string,
  rows: readonly { readonly name: string }[],
): [option: string, attached: string | undefined] {
  const name = /^-([^-=]+)/.exec(word)?.[1];
  if (rows.some((row) => row.name === name)) return split(`-${word}`, []);
  const [, option = word, attached] = /^(--[^=]+)=(.*)$/s.exec(word) ?? /^(-[^-])=?(.+)$/s.exec(word) ?? [];
  return [option, attached];
}

function rowOf<T>(option: string, rows: readonly OptionRow<T>[], help: string): OptionRow<T> {
  const name = option.replace(/^--?/, '');
  if (!option.startsWith('--')) {
    const row = rows.find(({ alias }) => alias === name);
    if (row === undefined) throw new UserError(`unknown option ${option}: see ${help}`);
    return row;
  }
  const exact = rows.find((row) => row.name === name);
  if (exact !== undefined) return exact;
  const meant = rows.filter((row) => row.name.startsWith(name));
  if (meant[0] === undefined) throw new UserError(`unknown option ${option}: see ${help}`);
  if (meant.length === 1) return meant[0];
  throw new UserError(`${option} may be ${meant.map((row) => `--${row.name}`).join(' or ')}: write out which`);
}
