// d3-selection as d3-flame-graph is to meet it here, in the place of d3-transition, too (scripts/build-browser.mjs). What is asked to
// be animated happens at once: its transitions run for 250 ms a frame even when they are turned off, and three to a frame are most of its
// time. Attributes and styles are set where they change: of some twenty a frame most do not when frames are drawn anew.

import { selection } from 'd3-selection';

type Value = unknown | ((this: Element, datum: unknown) => unknown);
type Set = (this: unknown, name: string, value?: Value) => unknown;
interface Elements {
  each(run: (this: SVGElement, datum: unknown) => void): unknown;
}

const prototype = selection.prototype as Elements & { attr: Set; style: Set };
const { attr, style } = prototype;

Object.assign(prototype, { transition: same, duration: same, ease: same, delay: same });

prototype.attr = function (name, value) {
  if (value === undefined || value === null || name.includes(':')) return attr.call(this, name, value);
  return (this as Elements).each(function (datum) {
    const text = String(typeof value === 'function' ? value.call(this, datum) : value);
    if (this.getAttribute(name) !== text) this.setAttribute(name, text);
  });
};

prototype.style = function (name, value) {
  if (value === undefined || value === null) return style.call(this, name, value);
  return (this as Elements).each(function (datum) {
    const text = String(typeof value === 'function' ? value.call(this, datum) : value);
    if (this.style.getPropertyValue(name) !== text) this.style.setProperty(name, text);
  });
};

function same(this: unknown): unknown {
  return this;
}
