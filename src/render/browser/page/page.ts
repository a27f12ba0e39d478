/// <reference lib="dom" />
/// <reference path="./d3-flame-graph.d.ts" />
// The script of a page: it takes the stacks out of the <template>, puts the graph with its controls and tables in the place of the
// static picture, and touches nothing else. Names are text and nothing else. scripts/build-browser.mjs makes page.generated.ts of it.

import './quick-selection.ts';
import { startPage } from './app.ts';

const place = document.getElementById('graph');
const data = document.getElementById('stacks');
if (place && data instanceof HTMLTemplateElement) startPage(place, data.content.textContent ?? '');
