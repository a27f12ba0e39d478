// Bundles the command line over what tsc made of it: Node loads one file instead of a hundred, which halves what is ours
// of the time until tracing starts (bench/startup). koffi, being native, stays a package and is loaded when it is needed.
// The licences of what is bundled go into THIRD_PARTY.md.

import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { pagePackages } from './build-browser.mjs';
import { noticeOf, packagesOf } from './notices.mjs';

const src = fileURLToPath(new URL('../src', import.meta.url));
const cli = fileURLToPath(new URL('../dist/cli', import.meta.url));

const { metafile, outputFiles } = await build({
  metafile: true,
  write: false,
  // the others are other threads': who starts one looks for it beside itself
  entryPoints: ['cli/main.ts', 'collector/folded/stack-worker.ts', 'collector/text/text-worker.ts'].map((path) =>
    join(src, path),
  ),
  entryNames: '[name]',
  outdir: cli,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['koffi'],
  // names and lines stay readable in a stack trace; white space goes
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'inline',
  // yargs and its parts still call require for Node's own modules
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  logLevel: 'warning',
});

// in one step: who starts it meanwhile gets the old one or the new one
mkdirSync(cli, { recursive: true });
for (const { path, contents } of outputFiles) {
  writeFileSync(`${path}.new`, contents, { mode: 0o755 });
  renameSync(`${path}.new`, path);
}
const kept = outputFiles.map(({ path }) => basename(path));
for (const name of readdirSync(cli)) if (!kept.includes(name)) rmSync(join(cli, name), { recursive: true });

const root = new URL('../', import.meta.url);
const names = new Set([...packagesOf(Object.keys(metafile.inputs)), ...(await pagePackages())]);
const notices = [...names]
  .sort()
  .map(noticeOf)
  .map(({ name, license, text }) => `## ${name} (${license})\n\n\`\`\`\n${text}\n\`\`\`\n`);
const head = [
  '# Third-party software in dist/cli/main.js\n',
  'd3-flame-graph and the modules of d3 are in the script of HTML pages, which bear these notices, too.\n',
  'Written by scripts/bundle-cli.mjs.\n',
].join('\n');
writeFileSync(new URL('THIRD_PARTY.md', root), [head, ...notices].join('\n'));
