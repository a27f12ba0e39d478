// The one way in which ior-flame speaks to people outside of the summary: a sentence on stderr with its name before it.

export function say(sentence: string): void {
  process.stderr.write(`ior-flame: ${sentence}\n`);
}
