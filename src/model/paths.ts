// Paths as the calls give them become paths as they are shown: joined to the directory that they start from and cleaned
// by their letters alone. Strings come in, strings go out; the file system is never asked, so links are not followed.

/** Stands for a directory that is not known, in front of what is. */
export const FRONT_UNKNOWN = '...';

/**
 * The string of a path call as an absolute path, cleaned lexically: symbolic links are not followed. `base` is the
 * directory it starts from; undefined when it is not known. `root` is that of the process: absolute paths start from it,
 * and `..` does not lead out of it. Undefined or `/`: the root of everything.
 */
export function joinPath(base: string | undefined, path: string, root?: string): string {
  const jail = root === undefined || root === '/' ? '' : root;
  if (path.startsWith('/')) return jail + cleanPath(path) || '/';
  const front = base === undefined ? FRONT_UNKNOWN : base === '/' ? '' : base;
  const inside = jail !== '' && `${front}/`.startsWith(`${jail}/`) ? jail : '';
  return inside + cleanPath(`${front.slice(inside.length)}/${path}`) || '/';
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

/** A path in one piece: as it is, the frames of anything else joined by `:` (`socket:tcp:10.0.0.5:5432`). */
export function wholePath(path: string): string {
  return path.replace(/\0(?=:\d+$)/, '').replaceAll('\0', ':');
}

/** What stands behind the last slash; undefined for what lies in no directory. */
export function baseName(path: string): string | undefined {
  if (!path.startsWith('/') && !path.startsWith(`${FRONT_UNKNOWN}/`)) return undefined;
  return path.slice(path.lastIndexOf('/') + 1);
}
