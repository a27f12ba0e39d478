// The one way in which ior-flame speaks to people outside of the summary: a sentence on stderr with its name before it. Names
// of files are in it, which may hold what a terminal would obey.

import { visibleText } from '../model/escape.ts';

export function say(sentence: string): void {
  process.stderr.write(`ior-flame: ${visibleText(sentence)}\n`);
}
