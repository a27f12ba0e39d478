// Bundles the command line over what tsc made of it: Node loads one file instead of a hundred, which halves what is ours
// of the time until tracing starts (bench/startup). koffi, being native, stays a package and is loaded when it is needed.

import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const cli = fileURLToPath(new URL('../dist/cli', import.meta.url));

rmSync(cli, { recursive: true, force: true });
await build({
  entryPoints: [fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))],
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
