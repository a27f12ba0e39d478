// What the colours of the frames mean, and how much of the zoomed frame there is of each.

import { formatPercent } from '../../../model/units.ts';
import { htmlElement } from '../elements.ts';

export interface Legend {
  readonly element: HTMLElement;
  /** @param worth of each kind; undefined: colours mean nothing */
  show(worth: Float64Array | undefined, whole: number): void;
}

export function makeLegend(kinds: readonly { readonly name: string }[]): Legend {
  const element = htmlElement('ul', { class: 'legend', 'aria-label': 'Colours' });
  return {
    element,
    show(worth, whole) {
      element.replaceChildren();
      for (const [i, { name }] of kinds.entries()) {
        const value = worth?.[i] ?? 0;
        if (value > 0) {
          const swatch = htmlElement('span', { class: `swatch k${i}` });
          element.append(htmlElement('li', {}, swatch, `${name} ${formatPercent(value, whole)}`));
        }
      }
    },
  };
}
