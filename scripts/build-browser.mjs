// Bundles and minifies src/render/browser/flame.ts into a TypeScript module that holds it as a string, which svg.ts puts
// into every picture. The result is committed, so that tests and tsc need no step before them; a test fails when it is
// older than its source. It must be fit for CDATA in XML and for <script> in HTML.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const source = fileURLToPath(new URL('../src/render/browser/flame.ts', import.meta.url));
export const TARGET = fileURLToPath(new URL('../src/render/browser/flame.generated.ts', import.meta.url));

/** The text of flame.generated.ts. */
export async function buildBrowserModule() {
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    charset: 'ascii',
    tsconfigRaw: {},
  });
  const script = outputFiles[0].text.trim();
  for (const forbidden of [']]>', '</', '<!--', 'innerHTML']) {
    if (script.includes(forbidden)) throw new Error(`${source}: the bundle holds ${forbidden}`);
  }
  const literal = script.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n');
  return [
    '// Made by scripts/build-browser.mjs from flame.ts. Do not edit.',
    '// biome-ignore-all format: generated',
    '// biome-ignore-all lint: generated',
    `export const FLAME_SCRIPT = '${literal}';`,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TARGET, await buildBrowserModule());
