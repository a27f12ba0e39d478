// Elements of the controls: XHTML within a foreignObject. Attributes are set one by one and styles come from the picture's own
// style sheet, so that a Content-Security-Policy has nothing to forbid.

const SVG = 'http://www.w3.org/2000/svg';
const XHTML = 'http://www.w3.org/1999/xhtml';

export function svgElement<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number>> = {},
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

export function htmlElement<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElementNS(XHTML, name) as HTMLElementTagNameMap[K];
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** @param title what it does, and by which key */
export function button(label: string, title: string, onClick: () => void): HTMLButtonElement {
  const element = htmlElement('button', { type: 'button', title }, label);
  if (label.length < 3) element.setAttribute('aria-label', title);
  element.addEventListener('click', onClick);
  return element;
}

export function setPressed(element: Element, isPressed: boolean): void {
  element.setAttribute('aria-pressed', String(isPressed));
}
