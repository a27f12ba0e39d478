// What opens over the picture: the menu of a frame, the list of keys, a text to copy by hand. One at a time; Escape, a click
// elsewhere or the loss of focus closes it, and focus goes back to where it was.

import { htmlElement, svgElement } from './elements.ts';

export interface MenuItem {
  readonly label: string;
  readonly key: string;
  readonly run: () => void;
}

export interface Popup {
  readonly element: SVGForeignObjectElement;
  readonly isOpen: () => boolean;
  openMenu(title: string, items: readonly MenuItem[], x: number, y: number): void;
  openKeys(keys: readonly (readonly [string, string])[], x: number, y: number): void;
  /** For browsers that keep a page from the clipboard. */
  openText(text: string, x: number, y: number): void;
  close(): void;
}

const WIDTH = 290;

/** @param area what of the picture can be seen, in its own px */
export function makePopup(area: () => { left: number; top: number; right: number; bottom: number }): Popup {
  const box = htmlElement('div', { class: 'menu' });
  const element = svgElement('foreignObject', { width: WIDTH, height: 0 });
  let focusBefore: Element | null = null;
  let isOpen = false;

  element.addEventListener('keydown', (event) => {
    event.stopPropagation();
    const buttons = [...box.querySelectorAll('button')];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (event.key === 'Escape' || event.key === 'Tab') close();
    else if (event.key === 'ArrowDown') buttons[(at + 1) % buttons.length]?.focus();
    else if (event.key === 'ArrowUp') buttons[(at - 1 + buttons.length) % buttons.length]?.focus();
    else return;
    event.preventDefault();
  });

  function open(role: string, label: string, height: number, x: number, y: number): void {
    if (!isOpen) focusBefore = document.activeElement;
    isOpen = true;
    const { left, top, right, bottom } = area();
    box.setAttribute('role', role);
    box.setAttribute('aria-label', label);
    element.setAttribute('x', String(Math.max(left, Math.min(x, right - WIDTH))));
    element.setAttribute('y', String(Math.max(top, Math.min(y, bottom - height))));
    element.setAttribute('height', String(height));
    element.classList.remove('gone');
  }

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    element.classList.add('gone');
    box.replaceChildren();
    (focusBefore as HTMLElement | null)?.focus?.({ preventScroll: true });
  }

  element.append(box);
  element.classList.add('gone');
  return {
    element,
    isOpen: () => isOpen,
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
      box.replaceChildren(htmlElement('p', {}, title), ...buttons);
      open('menu', title, 58 + 24 * items.length + 18 * Math.min(Math.floor(title.length / 40), 3), x, y);
      buttons[0]?.focus({ preventScroll: true });
    },
    openKeys(keys, x, y) {
      const rows = keys.map(([key, meaning]) =>
        htmlElement('tr', {}, htmlElement('th', {}, key), htmlElement('td', {}, meaning)),
      );
      box.replaceChildren(htmlElement('table', {}, ...rows));
      box.tabIndex = -1;
      open('dialog', 'Keys', 30 + 20 * keys.length, x, y);
      box.focus({ preventScroll: true });
    },
    openText(text, x, y) {
      const field = htmlElement('textarea', { readonly: '', 'aria-label': 'Text to copy' });
      field.value = text;
      box.replaceChildren(htmlElement('p', {}, 'Press Ctrl-C to copy'), field);
      open('dialog', 'Text to copy', 140, x, y);
      field.focus({ preventScroll: true });
      field.select();
    },
  };
}
