// Paths as the calls give them become paths as they are shown: joined to the directory that they start from and cleaned
// by their letters alone. Strings come in, strings go out; the file system is never asked, so links are not followed.

/** Stands for a directory that is not known, in front of what is. */
export const FRONT_UNKNOWN = '...';

/**
 * The string of a path call as an absolute path, cleaned lexically: symbolic links are not followed. `base` is the
 * directory it starts from, or the root of the process for an absolute one; undefined when it is not known.
 */
export function joinPath(base: string | undefined, path: string): string {
  const front = base === undefined ? (path.startsWith('/') ? '' : FRONT_UNKNOWN) : base === '/' ? '' : base;
  // an absolute path cannot leave the root of the process, a relative one may climb above its base
  return path.startsWith('/') ? front + cleanPath(path) || '/' : cleanPath(`${front}/${path}`) || '/';
}

const NOT_CLEAN = /\/\/|\/\.\.?(?:\/|$)|\/$/;

function cleanPath(path: string): string {
  if (!NOT_CLEAN.test(path)) return path;
  const front = path.startsWith('/') ? '' : path.slice(0, path.indexOf('/'));
  const names: string[] = [];
  for (const name of path.slice(front.length).split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names.length === 0 ? front : `${front}/${names.join('/')}`;
}
