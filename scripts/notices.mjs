// The notices of packages that end up in what is built: names of input files in, texts of licences out.

import { readdirSync, readFileSync } from 'node:fs';

/** @param files inputs of an esbuild metafile @returns the packages among them, in order */
export function packagesOf(files) {
  const names = files.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
  return [...new Set(names)].filter((name) => name !== undefined).sort();
}

/** Name, licence and the licence's text of a package. */
export function noticeOf(name) {
  const folder = new URL(`../node_modules/${name}/`, import.meta.url);
  const { license, homepage, version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? `${license}, see ${homepage}` : readFileSync(new URL(file, folder), 'utf8');
  return { name, version, license, homepage, text: text.trim().replaceAll('\r', '') };
}
