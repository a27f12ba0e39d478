// The state of the page in its address, so that a link shows what its sender saw and the back button works. An address comes from
// anywhere and may be of an older page: what does not fit is left out, and nothing here throws.

import { decoded, encoded } from '../address.ts';
import { NO_QUERY, type Query } from '../search.ts';

export interface PageState {
  /** Label of a measure; '': the first column. */
  readonly weight: string;
  /** Label of a grouping; '': the first. */
  readonly group: string;
  /** Names from the root's child to the zoomed frame, as app.ts makes steps of them; none: the root. */
  readonly zoom: readonly string[];
  readonly query: Query;
  /** Items (filters.ts). */
  readonly hidden: readonly string[];
  readonly only: readonly string[];
  /** Label of a table; '': the first. */
  readonly table: string;
  readonly isInverted: boolean;
  readonly showsGone: boolean;
}

export const FIRST_STATE: PageState = {
  weight: '',
  group: '',
  zoom: [],
  query: NO_QUERY,
  hidden: [],
  only: [],
  table: '',
  isInverted: false,
  showsGone: false,
};

/** A longer way to a frame is not put into the address: servers and mail programs cut it. */
const LONGEST_ZOOM = 4000;
const TEXTS = ['weight', 'group', 'table'] as const;
const FLAGS = { inverted: 'isInverted', gone: 'showsGone' } as const;

/** `#weight=bytes&zoom=cat;/var;/log&search=read&regexp`; '' for the page as it is at first. */
export function hashOf(state: PageState, first: PageState): string {
  const { zoom, query, hidden, only } = state;
  const parts: string[] = [];
  for (const name of TEXTS) if (state[name] !== first[name]) parts.push(`${name}=${encoded(slug(state[name]))}`);
  const way = zoom.map(encoded).join(';');
  if (way !== '' && way.length <= LONGEST_ZOOM) parts.push(`zoom=${way}`);
  if (query.text !== '') parts.push(`search=${encoded(query.text)}`);
  if (query.text !== '' && query.isRegExp) parts.push('regexp');
  if (query.text !== '' && query.isCaseSensitive) parts.push('case');
  for (const item of hidden) parts.push(`hide=${encoded(item)}`);
  for (const item of only) parts.push(`only=${encoded(item)}`);
  for (const [name, flag] of Object.entries(FLAGS)) {
    if (state[flag] !== first[flag]) parts.push(`${name}=${state[flag] ? 1 : 0}`);
  }
  return parts.length === 0 ? '' : `#${parts.join('&')}`;
}

/** @param choices the labels that there are, by the name in the address */
export function stateOf(
  hash: string,
  first: PageState,
  choices: Readonly<Record<(typeof TEXTS)[number], readonly string[]>>,
): PageState {
  const values = new Map<string, string[]>();
  for (const part of hash.replace(/^#/, '').split('&')) {
    const [name = '', value = ''] = part.split(/=(.*)/s);
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  const text = (name: string) => decoded(values.get(name)?.[0] ?? '');
  const choice = (name: (typeof TEXTS)[number]) =>
    choices[name].find((label) => slug(label) === text(name)) ?? first[name];
  const flag = (name: keyof typeof FLAGS) => (values.has(name) ? text(name) === '1' : first[FLAGS[name]]);
  return {
    weight: choice('weight'),
    group: choice('group'),
    table: choice('table'),
    zoom: (values.get('zoom')?.[0] ?? '')
      .split(';')
      .filter((name) => name !== '')
      .map(decoded),
    query: { text: text('search'), isRegExp: values.has('regexp'), isCaseSensitive: values.has('case') },
    hidden: (values.get('hide') ?? []).map(decoded),
    only: (values.get('only') ?? []).map(decoded),
    isInverted: flag('inverted'),
    showsGone: flag('gone'),
  };
}

/** `comm → path → syscall` as `comm-path-syscall`. */
function slug(label: string): string {
  return label.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
