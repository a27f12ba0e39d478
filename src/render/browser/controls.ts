// The row of buttons and the search above the picture, and the line below it. They tell what was asked for and show what they
// are told; what it means for the frames is decided elsewhere.

import { button, htmlElement, setPressed, svgElement } from './elements.ts';
import type { Query } from './search.ts';

export interface Wishes {
  reset(): void;
  reverse(): void;
  showAll(): void;
  help(): void;
  search(query: Query): void;
  /** 1: the next match, -1: the one before. */
  step(by: 1 | -1): void;
  /** Escape in the search field. */
  leaveSearch(): void;
}

export interface Controls {
  readonly top: SVGForeignObjectElement;
  readonly input: HTMLInputElement;
  readonly helpButton: HTMLButtonElement;
  showQuery(query: Query): void;
  /** A regular expression that is none; '' for a good one. */
  showError(message: string): void;
  show(state: { readonly isZoomed: boolean; readonly isFiltered: boolean; readonly isReversed: boolean }): void;
  /** Lays them out; returns how much room they need above the title. */
  fit(widthPx: number): number;
  /** Says it to those who hear the page. */
  say(text: string): void;
}

/** From here on the controls stand to the left and right of the title, px; below it in a row of their own, or in two. */
const BESIDE_TITLE = 1000;
const ONE_ROW = 640;
const ROW = 32;

export function makeControls(wishes: Wishes): Controls {
  const reset = button('Reset zoom', 'Show all again (Escape)', wishes.reset);
  const reverse = button('Reverse', 'Turn the stacks round: calls first (r)', wishes.reverse);
  const showAll = button('Show hidden', 'Undo hiding and focus (Escape)', wishes.showAll);
  const help = button('?', 'Keys', wishes.help);
  help.setAttribute('aria-haspopup', 'dialog');
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
  const status = htmlElement('div', { role: 'status', 'aria-live': 'polite', class: 'quiet' });
  const left = htmlElement(
    'div',
    { class: 'ui', role: 'toolbar', 'aria-label': 'Picture' },
    reset,
    reverse,
    showAll,
    help,
  );
  const right = htmlElement('div', { class: 'ui end', role: 'search' }, input, isRegExp, isCaseSensitive, before, next);
  const row = htmlElement('div', { class: 'ui row' }, left, right, status);
  const top = svgElement('foreignObject', { x: 10, y: 6 });
  top.append(row);
  setPressed(isRegExp, false);
  setPressed(isCaseSensitive, false);

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
    top,
    input,
    helpButton: help,
    showQuery(query) {
      if (input.value !== query.text) input.value = query.text;
      setPressed(isRegExp, query.isRegExp);
      setPressed(isCaseSensitive, query.isCaseSensitive);
      before.disabled = query.text === '';
      next.disabled = query.text === '';
    },
    showError(message) {
      input.setAttribute('aria-invalid', String(message !== ''));
      input.title = message;
    },
    show({ isZoomed, isFiltered, isReversed }) {
      reset.hidden = !isZoomed;
      showAll.hidden = !isFiltered;
      setPressed(reverse, isReversed);
    },
    fit(widthPx) {
      const rows = widthPx >= ONE_ROW ? 1 : 2;
      top.setAttribute('width', String(Math.max(widthPx - 20, 0)));
      top.setAttribute('height', String(rows * ROW));
      return widthPx >= BESIDE_TITLE ? 0 : rows * ROW;
    },
    say(text) {
      status.textContent = text;
    },
  };
}

function isPressed(element: Element): boolean {
  return element.getAttribute('aria-pressed') === 'true';
}
