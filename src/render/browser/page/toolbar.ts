// The controls above the graph. They tell what was asked for and show what they are told; what it means is decided elsewhere.

import { button, htmlElement, setPressed } from '../elements.ts';
import type { Query } from '../search.ts';

export interface Wishes {
  weight(label: string): void;
  group(label: string): void;
  reset(): void;
  showAll(): void;
  invert(): void;
  gone(): void;
  help(): void;
  search(query: Query): void;
  /** 1: the next match, -1: the one before. */
  step(by: 1 | -1): void;
  /** Escape in the search field. */
  leaveSearch(): void;
}

export interface ToolbarState {
  readonly weight: string;
  readonly group: string;
  readonly query: Query;
  readonly isZoomed: boolean;
  readonly isFiltered: boolean;
  readonly isInverted: boolean;
  readonly showsGone: boolean;
}

export interface Toolbar {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  show(state: ToolbarState): void;
  /** What a search found; a sentence of what is wrong with it. */
  showMatched(text: string, isWrong: boolean): void;
}

export function makeToolbar(
  weights: readonly string[],
  groups: readonly string[],
  goneLabel: string | undefined,
  wishes: Wishes,
): Toolbar {
  const weightButtons = weights.map((label) =>
    button(label, `Widths are ${WEIGHT_HELP[label] ?? label}`, () => wishes.weight(label)),
  );
  const weight = htmlElement('span', { class: 'choice', role: 'group', 'aria-label': 'Weight' }, ...weightButtons);
  weight.hidden = weights.length < 2;
  const options = groups.map((label) => htmlElement('option', { value: label }, label));
  const group = htmlElement('select', { 'aria-label': 'Grouping', title: 'Order of the frames, root first (r)' });
  group.append(...options);
  group.hidden = groups.length < 2;
  group.addEventListener('change', () => wishes.group(group.value));

  const input = htmlElement('input', {
    type: 'text',
    placeholder: 'Search (/)',
    'aria-label': 'Search names and paths',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const isRegExp = button('.*', 'Regular expression', () => flip(isRegExp));
  const isCaseSensitive = button('Aa', 'Tell capital from small letters', () => flip(isCaseSensitive));
  const before = button('◂', 'Match before (Shift-Enter, N)', () => wishes.step(-1));
  const next = button('▸', 'Next match (Enter, n)', () => wishes.step(1));
  const matched = htmlElement('output', { class: 'matched', 'aria-live': 'polite' });
  const search = htmlElement(
    'span',
    { class: 'search', role: 'search' },
    input,
    isRegExp,
    isCaseSensitive,
    before,
    next,
    matched,
  );
  const reset = button('Reset zoom', 'Show all again (Escape)', wishes.reset);
  const showAll = button('Show hidden', 'Undo hiding and focus (Escape)', wishes.showAll);
  const invert = button('Upside down', 'Hang the frames from the top (i)', wishes.invert);
  const gone = button(goneLabel ?? '', 'Draw also what is only on the other side (d)', wishes.gone);
  gone.hidden = goneLabel === undefined;
  const help = button('?', 'Keys', wishes.help);
  help.setAttribute('aria-haspopup', 'dialog');
  const element = htmlElement(
    'div',
    { class: 'toolbar', role: 'group', 'aria-label': 'Graph' },
    ...[weight, group, search, reset, showAll, gone, invert, help],
  );

  input.addEventListener('input', ask);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') wishes.step(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape') wishes.leaveSearch();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  function flip(toggle: HTMLButtonElement): void {
    setPressed(toggle, !isPressed(toggle));
    ask();
  }

  function ask(): void {
    wishes.search({ text: input.value, isRegExp: isPressed(isRegExp), isCaseSensitive: isPressed(isCaseSensitive) });
  }

  return {
    element,
    input,
    show(state) {
      for (const [i, label] of weights.entries()) setPressed(weightButtons[i] as Element, label === state.weight);
      group.value = state.group;
      if (input.value !== state.query.text) input.value = state.query.text;
      setPressed(isRegExp, state.query.isRegExp);
      setPressed(isCaseSensitive, state.query.isCaseSensitive);
      before.disabled = state.query.text === '';
      next.disabled = state.query.text === '';
      reset.hidden = !state.isZoomed;
      showAll.hidden = !state.isFiltered;
      setPressed(invert, state.isInverted);
      setPressed(gone, state.showsGone);
    },
    showMatched(text, isWrong) {
      matched.textContent = text;
      matched.classList.toggle('wrong', isWrong);
      input.setAttribute('aria-invalid', String(isWrong));
    },
  };
}

const WEIGHT_HELP: Readonly<Record<string, string>> = {
  duration: 'time in the calls',
  calls: 'numbers of calls',
  bytes: 'bytes moved',
  errors: 'numbers of failed calls',
  gap: "time before the calls, since the thread's last ones",
};

function isPressed(element: Element): boolean {
  return element.getAttribute('aria-pressed') === 'true';
}
