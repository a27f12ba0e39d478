// --comm and --path: words of the command line as a RowFilter. In: argv. Out: the filter, or a UserError for a word that is
// empty, as from a variable that is not set: it would let everything through.

import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../model/errors.ts';
import { parseGlob } from '../model/globs.ts';
import { decodeName } from '../model/names.ts';
import { RowFilter } from '../model/row-filter.ts';

export interface RowFilterArguments {
  readonly comm: readonly string[];
  readonly path: readonly string[];
}

/**
 * undefined when every row is wanted.
 * @param isLive the trace is of this machine, where an open file goes by the path that links led to: /var/run/x by /run/x
 */
export function rowFilterOf({ comm, path }: RowFilterArguments, isLive: boolean): RowFilter | undefined {
  if (comm.length + path.length === 0) return undefined;
  const paths = globsOf('--path', path).map(absolute);
  const led = isLive ? paths.map(withoutLinks) : [];
  return new RowFilter({ comms: globsOf('--comm', comm), paths: [...new Set([...paths, ...led])] });
}

function globsOf(option: string, words: readonly string[]): string[] {
  const globs = words.filter((word) => word !== '');
  if (words.length > 0 && globs.length === 0) throw new UserError(`${option} needs a glob: it was given an empty one`);
  return globs;
}

/** A glob with a slash starts from the working directory, as in a shell, unless it says that it starts anywhere. */
function absolute(glob: string): string {
  if (!glob.includes('/') || glob.startsWith('**') || glob.startsWith('.../')) return glob;
  return resolve(escaped(process.cwd()), glob);
}

/** The directories in front of the first wildcard by their own names. */
function withoutLinks(glob: string): string {
  if (!glob.startsWith('/')) return glob;
  const components = glob.split('/');
  const wild = components.findIndex((component) => parseGlob(component).hasWildcard);
  const end = wild < 0 ? components.length : wild;
  const front = parseGlob(components.slice(0, end).join('/')).literal;
  return [escaped(real(front || '/')).replace(/\/$/, ''), ...components.slice(end)].join('/') || '/';
}

/** Also of what is not there yet. */
function real(path: string): string {
  try {
    return decodeName(realpathSync(path, 'buffer'));
  } catch {
    return path === '/' ? path : join(real(dirname(path)), basename(path));
  }
}

function escaped(path: string): string {
  return path.replace(/[\\*?[]/g, '\\$&');
}
