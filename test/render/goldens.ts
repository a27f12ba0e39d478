// Goldens: what was written is compared with a file, which is written anew only with UPDATE_GOLDEN=1.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Test } from 'tap';

export function compareGolden(t: Test, file: string, written: string): void {
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, written);
  if (existsSync(file)) t.equal(written, readFileSync(file, 'utf8'), file);
  else t.fail(`${file} is missing: UPDATE_GOLDEN=1 makes it`);
}

/** A page or picture without what is the same in all of them, and a page without its static picture, which is a golden of svg.test.ts. */
export function withoutCode(text: string): string {
  return text
    .replace(/<(script|style)>.*?<\/\1>\n?/gs, '')
    .replace(/(<div class="static">).*?(<p class="note">)/s, '$1$2')
    .replace(/'sha256-[^']*'/g, "'sha256-'")
    .replace(/<pre>.*?<\/pre>/s, '<pre></pre>');
}
