// What is said of the frame under the pointer, beside the pointer.

import { htmlElement } from '../elements.ts';

export interface Tip {
  readonly element: HTMLElement;
  /** @param x,y in px of the window */
  show(text: string, x: number, y: number): void;
  hide(): void;
}

const AWAY_PX = 14;

export function makeTip(): Tip {
  const element = htmlElement('div', { class: 'tip', 'aria-hidden': 'true', hidden: '' });
  return {
    element,
    show(text, x, y) {
      element.textContent = text;
      element.hidden = false;
      const { width, height } = element.getBoundingClientRect();
      const left = x + AWAY_PX + width > window.innerWidth ? x - AWAY_PX - width : x + AWAY_PX;
      const top = y + AWAY_PX + height > window.innerHeight ? y - AWAY_PX - height : y + AWAY_PX;
      element.style.left = `${Math.max(left, 4)}px`;
      element.style.top = `${Math.max(top, 4)}px`;
    },
    hide() {
      element.hidden = true;
    },
  };
}
