// The project as an emulated kernel needs it: dist/, the objects, koffi, the C programs compiled, and the kernel tests, each
// bundled with tap into one file, as loading tap from 200 files or compiling TypeScript would take longer under emulation
// than the tests do. In: the repository. Out: a directory.

import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const COPIED = ['dist', 'bpf', 'src', 'test', 'package.json', 'node_modules/koffi', 'node_modules/@koromix'];
const PROGRAMS = 'node_modules/.cache/ior-flame-programs';

/** Names of the kernel tests: `exact`, `scenarios/paths`. */
export function testNames() {
  return readdirSync(join(ROOT, 'test/kernel'), { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => name.slice(0, -'.test.ts'.length))
    .sort();
}

/** Writes the project into `folder`, which the tests will know as `place`. */
export async function writeProject(folder, place, names) {
  await compilePrograms();
  for (const name of [...COPIED, PROGRAMS]) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  // nobody runs the command line, too
  chmodSync(folder, 0o755);
  await bundle(
    names.map((name) => join(ROOT, `test/kernel/${name}.test.ts`)),
    folder,
    place,
  );
}

async function bundle(entryPoints, folder, place) {
  await build({
    entryPoints,
    outbase: ROOT,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['koffi'],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'warning',
    plugins: [
      {
        name: 'place',
        setup({ onLoad }) {
          // files that are looked for beside a module lie where that would be
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const own = JSON.stringify(pathToFileURL(join(place, relative(ROOT, path))).href);
            return { loader: 'ts', contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', own) };
          });
          // tap compares React elements as well, for which it asks Node for a package when it starts
          onLoad({ filter: /tcompare\/dist\/esm\/react-element-to-jsx-string\.js$/ }, () => ({
            contents: 'export default String',
          }));
        },
      },
    ],
  });
}

/** Compiles what the tests would compile, by their own function. */
async function compilePrograms() {
  const file = join(ROOT, 'node_modules/.cache/ior-flame-compile.mjs');
  const source = join(ROOT, 'test/kernel/programs.ts');
  const { outputFiles } = await build({
    entryPoints: [source],
    write: false,
    format: 'esm',
    platform: 'node',
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(source).href) },
  });
  mkdirSync(join(ROOT, 'node_modules/.cache'), { recursive: true });
  writeFileSync(file, outputFiles[0].contents);
  const { compile, programs } = await import(pathToFileURL(file).href);
  for (const name of programs()) compile(name);
}
