// Globs, as in a shell: `*`, `?`, `[a-z]`, `[!a-z]`, and `\` before what is to stand for itself. In: a glob and what it may
// not cross. Out: a predicate over texts; no glob is wrong, what cannot be understood stands for itself.

export interface Glob {
  /** Otherwise it matches one text only, `literal`. */
  readonly hasWildcard: boolean;
  readonly literal: string;
  matches(text: string): boolean;
}

/** `**` and a slash behind it, at the start of a component; then stars, `?`, a set, an escape, any other character. */
const TOKEN = /(?<=^|\/)\*\*+\/|\*+|\?|\[[!^]?(?:\][^\]]*|[^\]]+)\]|\\?./gsu;

/**
 * @param separator with '/', nothing but `**` matches a slash, and `**` followed by one also matches no directory at all:
 * `/a/**` + `/b` takes `/a/b`
 */
export function parseGlob(glob: string, separator: '' | '/' = ''): Glob {
  const one = separator === '' ? '.' : '[^/]';
  let literal = '';
  let hasWildcard = false;
  const source = glob.replace(TOKEN, (token) => {
    const isWildcard = token.startsWith('*') || token === '?' || (token.startsWith('[') && token.length > 1);
    if (!isWildcard) {
      const character = token.length > 1 && token.startsWith('\\') ? token.slice(1) : token;
      literal += character;
      return escaped(character);
    }
    hasWildcard = true;
    if (token === '?') return one;
    if (token.startsWith('[')) return `(?=${one})${setOf(token)}`;
    if (token.endsWith('/')) return separator === '' ? '.*\\/' : '(?:.*\\/)?';
    return token.length > 1 ? '.*' : `${one}*`;
  });
  if (!hasWildcard) return { hasWildcard, literal, matches: (text) => text === literal };
  const pattern = new RegExp(`^${source}$`, 'su');
  return { hasWildcard, literal, matches: (text) => pattern.test(text) };
}

/** `[a-z_]` of a regular expression; a range that runs backwards holds nothing, as in fnmatch(3). */
function setOf(token: string): string {
  const isNegated = /^\[[!^]../su.test(token);
  const members = [...token.slice(isNegated ? 2 : 1, -1)];
  let set = '';
  for (let i = 0; i < members.length; i++) {
    const from = members[i] as string;
    const isRange = members[i + 1] === '-' && i + 2 < members.length;
    const to = isRange ? (members[i + 2] as string) : from;
    if (isRange) i += 2;
    if (codeOf(from) <= codeOf(to)) set += `${escaped(from)}-${escaped(to)}`;
  }
  return `[${isNegated ? '^' : ''}${set}]`;
}

function escaped(character: string): string {
  return `\\u{${codeOf(character).toString(16)}}`;
}

function codeOf(character: string): number {
  return character.codePointAt(0) as number;
}
