// The way from the root to the zoomed frame, a button for each frame on it.

import { htmlElement } from '../elements.ts';

export interface Crumbs {
  readonly element: HTMLElement;
  /** @param path nodes from the root to the zoomed frame */
  show(path: readonly number[], name: (node: number) => string): void;
}

/** Of a deep stack the middle is left out. */
const MOST = 24;

export function makeCrumbs(zoomTo: (node: number) => void, openMenu: (node: number) => void): Crumbs {
  const list = htmlElement('ol');
  const element = htmlElement('nav', { class: 'crumbs', 'aria-label': 'Zoomed frame' }, list);
  return {
    element,
    show(path, name) {
      const cut = path.length > MOST ? path.length - MOST : 0;
      const items = path.flatMap((node, i) => {
        if (cut > 0 && i >= MOST / 2 && i < MOST / 2 + cut) {
          return i === MOST / 2 ? [htmlElement('li', {}, `${cut} more`)] : [];
        }
        const isLast = i === path.length - 1;
        const crumb = htmlElement('button', { type: 'button', ...(isLast ? { 'aria-current': 'location' } : {}) });
        crumb.append(htmlElement('bdi', {}, name(node)));
        crumb.addEventListener('click', () => zoomTo(node));
        return [htmlElement('li', {}, crumb)];
      });
      if (path.length > 1) {
        const more = htmlElement(
          'button',
          { type: 'button', 'aria-haspopup': 'menu', title: 'Copy, hide, focus: the menu of the zoomed frame' },
          '⋯',
        );
        more.setAttribute('aria-label', more.title);
        more.addEventListener('click', () => openMenu(path.at(-1) as number));
        items.push(htmlElement('li', {}, more));
      }
      list.replaceChildren(...items);
    },
  };
}
