// In the place of d3-transition, by scripts/build-browser.mjs: what d3-flame-graph asks to be animated happens at once. Its
// transitions run for 250 ms for each frame even when they are turned off, and three to a frame are most of its time.

import { selection } from 'd3-selection';

function chained(this: unknown): unknown {
  return this;
}

Object.assign(selection.prototype, { transition: chained, duration: chained, ease: chained, delay: chained });
