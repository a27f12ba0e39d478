// Run after every change of dependencies: a registry mirror that lacks the binaries of other platforms makes npm drop
// them from package-lock.json, and `npm ci` then refuses the lock file everywhere. Puts them back by name and version.

import { readFileSync, writeFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const platform = /-(linux|darwin|win32|android)-(\w+?)(-musl)?$/.exec(name);
    if (lock.packages[`node_modules/${name}`] !== undefined || platform === null) continue;
    const [, os, cpu, musl] = platform;
    const libc = os === 'linux' ? { libc: [musl ? 'musl' : 'glibc'] } : {};
    const { license, engines, dev } = lock.packages[path];
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      dev,
      ...libc,
      license,
      optional: true,
      os: [os],
      engines,
    };
    process.stdout.write(`added ${name}@${version}\n`);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
