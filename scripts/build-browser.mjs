// Bundles and minifies the scripts of pictures and pages into TypeScript modules that hold them as strings, which svg.ts and
// page.ts put into what they write. The results are committed, so that tests and tsc need no step before them; a test fails when
// one is older than its source. Both must be fit for <script> in HTML, that of pictures for CDATA in XML, too.

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { noticeOf, packagesOf } from './notices.mjs';

const browser = new URL('../src/render/browser/', import.meta.url);
const pathOf = (name) => fileURLToPath(new URL(name, browser));

export const TARGET = pathOf('flame.generated.ts');
export const PAGE_TARGET = pathOf('page/page.generated.ts');

/** The text of flame.generated.ts. */
export async function buildBrowserModule() {
  const { script } = await bundle('flame.ts', [']]>', '</', '<!--', 'innerHTML']);
  return moduleOf('flame.ts', { FLAME_SCRIPT: script });
}

/** The text of page.generated.ts: the script with d3-flame-graph in it, and the notices of that and of d3's modules. */
export async function buildPageModule() {
  const { script, files } = await bundle('page/page.ts', ['</', '<!--']);
  const notices = packagesOf(files).map(noticeOf);
  // one text for all that have the same
  const texts = [...new Set(notices.map(({ text }) => text))].map((text) => {
    const those = notices.filter((notice) => notice.text === text);
    return `${those.map(({ name, version, license }) => `${name} ${version} (${license})`).join(', ')}\n\n${text}`;
  });
  return moduleOf('page.ts', { PAGE_SCRIPT: script, PAGE_NOTICES: texts.join('\n\n\n') });
}

/** The packages whose code is in the page's script. */
export async function pagePackages() {
  return packagesOf((await bundle('page/page.ts', [])).files);
}

/** d3-flame-graph asks for animations, which do not end for a quarter of a second even when they are off, and for a style sheet. */
const PARTS_OF_OURS = {
  name: 'parts-of-ours',
  setup(build) {
    build.onResolve({ filter: /^d3-transition$/ }, () => ({ path: pathOf('page/quick-selection.ts') }));
    build.onLoad({ filter: /\.css$/ }, () => ({ contents: '', loader: 'js' }));
  },
};

async function bundle(entry, forbidden) {
  const { outputFiles, metafile } = await build({
    entryPoints: [pathOf(entry)],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'iife',
    target: 'es2022',
    charset: 'ascii',
    legalComments: 'none',
    tsconfigRaw: {},
    plugins: [PARTS_OF_OURS],
    logOverride: { 'ignored-bare-import': 'silent' },
  });
  const script = outputFiles[0].text.trim();
  for (const text of forbidden) if (script.includes(text)) throw new Error(`${entry}: the bundle holds ${text}`);
  const [output] = Object.values(metafile.outputs);
  const files = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { script, files: files.map(([file]) => file) };
}

function moduleOf(source, texts) {
  const literal = (text) => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n');
  return [
    `// Made by scripts/build-browser.mjs from ${source}. Do not edit.`,
    '// biome-ignore-all format: generated',
    '// biome-ignore-all lint: generated',
    ...Object.entries(texts).map(([name, text]) => `export const ${name} = '${literal(text)}';`),
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(TARGET, await buildBrowserModule());
  writeFileSync(PAGE_TARGET, await buildPageModule());
}
