/// <reference lib="dom" />
// The script inside the picture: zoom, search, hide and focus, the stacks turned round, by pointer and by keys. It finds the
// picture that it stands in and touches nothing else, so that two pictures in one page do not meet. What it shows comes from the
// picture's <metadata> and elements; names are text and nothing else. scripts/build-browser.mjs makes flame.generated.ts of it.

import { startPicture } from './picture.ts';

const script = document.currentScript;
const svg = script?.closest('svg') ?? document.querySelector<SVGSVGElement>('svg.ior-flame');
const frames = svg?.querySelector('.frames');
const numbers = svg?.querySelector('metadata');
if (svg && frames && numbers) startPicture(svg, frames, numbers.textContent ?? '');
