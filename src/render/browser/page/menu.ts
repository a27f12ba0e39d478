// What opens over the page: the menu of a frame, the list of keys, a text to copy by hand. One at a time; Escape, a click
// elsewhere or the loss of focus closes it, and focus goes back to where it was.

import { htmlElement } from '../elements.ts';

export interface MenuItem {
  readonly label: string;
  readonly key: string;
  readonly run: () => void;
}

export interface Menu {
  readonly element: HTMLElement;
  readonly isOpen: () => boolean;
  /** @param x,y in px of the window */
  openMenu(title: string, items: readonly MenuItem[], x: number, y: number): void;
  openKeys(keys: readonly (readonly [string, string])[]): void;
  /** For browsers that keep a page from the clipboard. */
  openText(text: string): void;
  close(): void;
}

export function makeMenu(): Menu {
  const element = htmlElement('div', { class: 'menu', tabindex: '-1', hidden: '' });
  let focusBefore: Element | null = null;

  element.addEventListener('keydown', (event) => {
    event.stopPropagation();
    const buttons = [...element.querySelectorAll('button')];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === 'Escape' || event.key === 'Tab') close();
    else if (event.key === 'ArrowDown') buttons[(at + 1) % buttons.length]?.focus();
    else if (event.key === 'ArrowUp') buttons[(at - 1 + buttons.length) % buttons.length]?.focus();
    else return;
    event.preventDefault();
  });
  document.addEventListener('pointerdown', ({ target }) => {
    if (!element.hidden && !element.contains(target as Node)) close();
  });

  function open(role: string, label: string, x: number, y: number, ...children: readonly Node[]): void {
    if (element.hidden) focusBefore = document.activeElement;
    element.replaceChildren(...children);
    element.setAttribute('role', role);
    element.setAttribute('aria-label', label);
    element.hidden = false;
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(4, Math.min(x, window.innerWidth - width - 4))}px`;
    element.style.top = `${Math.max(4, Math.min(y, window.innerHeight - height - 4))}px`;
    (element.querySelector<HTMLElement>('button, textarea') ?? element).focus({ preventScroll: true });
  }

  function close(): void {
    if (element.hidden) return;
    element.hidden = true;
    element.replaceChildren();
    (focusBefore as HTMLElement | null)?.focus?.({ preventScroll: true });
  }

  const middle = () => [window.innerWidth / 2 - 150, window.innerHeight / 5] as const;

  return {
    element,
    isOpen: () => !element.hidden,
    close,
    openMenu(title, items, x, y) {
      const buttons = items.map(({ label, key, run }) => {
        const item = htmlElement('button', { type: 'button', role: 'menuitem' }, label, htmlElement('kbd', {}, key));
        item.addEventListener('click', () => {
          close();
          run();
        });
        return item;
      });
      open('menu', title, x, y, htmlElement('p', {}, title), ...buttons);
    },
    openKeys(keys) {
      const rows = keys.map(([key, meaning]) =>
        htmlElement('tr', {}, htmlElement('th', {}, key), htmlElement('td', {}, meaning)),
      );
      open('dialog', 'Keys', ...middle(), htmlElement('table', {}, ...rows));
    },
    openText(text) {
      const field = htmlElement('textarea', { readonly: '', 'aria-label': 'Text to copy' });
      field.value = text;
      open('dialog', 'Text to copy', ...middle(), htmlElement('p', {}, 'Press Ctrl-C to copy'), field);
      field.select();
    },
  };
}
