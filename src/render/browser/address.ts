// The state of the picture in the address, so that a link shows what its sender saw and the back button works. An address
// comes from anywhere and may be of an older picture: what does not fit is left out, and nothing here throws.

import { NO_QUERY, type Query } from './search.ts';

export interface State {
  /** Names from the root's child to the zoomed frame; none: the root. */
  readonly zoom: readonly string[];
  readonly query: Query;
  readonly isReversed: boolean;
  /** Full names of the frames whose stacks are left out; and of those that a stack has to have one of. */
  readonly hidden: readonly string[];
  readonly only: readonly string[];
}

export const NO_STATE: State = { zoom: [], query: NO_QUERY, isReversed: false, hidden: [], only: [] };

/** A longer way to a frame is not put into the address: servers and mail programs cut it. */
const LONGEST_ZOOM = 4000;

/** `#zoom=cat;/var;/log&search=read&regexp`; '' for the picture as it is at first. */
export function hashOf({ zoom, query, isReversed, hidden, only }: State): string {
  const parts: string[] = [];
  const way = zoom.map(encoded).join(';');
  if (way !== '' && way.length <= LONGEST_ZOOM) parts.push(`zoom=${way}`);
  if (query.text !== '') parts.push(`search=${encoded(query.text)}`);
  if (query.text !== '' && query.isRegExp) parts.push('regexp');
  if (query.text !== '' && query.isCaseSensitive) parts.push('case');
  if (isReversed) parts.push('reversed');
  for (const name of hidden) parts.push(`hide=${encoded(name)}`);
  for (const name of only) parts.push(`only=${encoded(name)}`);
  return parts.length === 0 ? '' : `#${parts.join('&')}`;
}

/** @param search `?s=...` is how flamegraph.pl's pictures are linked to: a regular expression to search for */
export function stateOf(hash: string, search: string): State {
  const values = new Map<string, string[]>();
  for (const part of hash.replace(/^#/, '').split('&')) {
    const [name = '', value = ''] = part.split(/=(.*)/s);
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  const linked = /[?&]s=([^&]*)/.exec(search)?.[1];
  const text = decoded(values.get('search')?.[0] ?? linked?.replaceAll('+', ' ') ?? '');
  return {
    zoom: (values.get('zoom')?.[0] ?? '')
      .split(';')
      .filter((name) => name !== '')
      .map(decoded),
    query: {
      text,
      isRegExp: values.has('regexp') || (linked !== undefined && !values.has('search')),
      isCaseSensitive: values.has('case'),
    },
    isReversed: values.has('reversed'),
    hidden: (values.get('hide') ?? []).map(decoded),
    only: (values.get('only') ?? []).map(decoded),
  };
}

export function encoded(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd')).replaceAll('%2F', '/');
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
