// What comes from Debian: the kernels, and an image with the programs that the tests run. In: package lists, the packages
// that are installed here. Out: files below the cache directory, which are made once. Throws a Missing when this machine
// has not got what is needed.

import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ior-flame');
const INIT = fileURLToPath(new URL('init.sh', import.meta.url));

/** One sentence: what is missing here and how it is got. */
export class Missing extends Error {}

/** Packages whose programs the tests run, or that the machine needs. What these depend on comes with them. */
const PACKAGES = [
  ...['base-files', 'bash', 'coreutils', 'dash', 'debianutils', 'diffutils', 'findutils', 'grep', 'gzip', 'mawk'],
  ...['mount', 'passwd', 'procps', 'sed', 'tar', 'util-linux', 'e2fsprogs', 'iproute2', 'kmod', 'libc-bin'],
  ...['binutils', 'bpftool', 'gcc', 'git', 'libbpf1', 'libc6-dev', 'libstdc++6', 'libxml2-utils', 'make', 'sqlite3'],
  ...['strace', 'sudo', 'nodejs'],
];
/** These may be missing: Node may have come from elsewhere. */
const OPTIONAL = ['nodejs'];
/** What packages ask for and no test does. */
const LEFT_OUT = ['debconf', 'dpkg', 'perl', 'python3'];
/** Signatures of the two disks. */
export const DISK = { tools: 0x494f5201, project: 0x494f5202 };
const ENVIRONMENT = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

function run(program, args, options = {}) {
  return execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28, env: ENVIRONMENT, ...options });
}

/** Throws a Missing that names the packages of all programs that are not here. */
export function requirePrograms() {
  const needed = {
    'qemu-system-x86_64': 'qemu-system-x86',
    'mkfs.ext4': 'e2fsprogs',
    depmod: 'kmod',
    'dpkg-query': 'dpkg',
    cc: 'gcc libc6-dev',
  };
  const missing = Object.keys(needed).filter((name) => spawnSync('which', [name], { env: ENVIRONMENT }).status !== 0);
  if (missing.length > 0) {
    const packages = missing.map((name) => needed[name]).join(' ');
    throw new Missing(`${missing.join(', ')} not installed: apt-get install --no-install-recommends ${packages}`);
  }
}

/**
 * Debian's newest cloud kernel of a series (`6.1`), downloaded and unpacked once.
 * @returns {{version: string, image: string, modules: string}} its version, and the paths of vmlinuz and of its modules
 */
export function kernel(series) {
  const [name, version] = offered(series) ?? downloaded(series) ?? [];
  if (name === undefined) {
    throw new Missing(
      `no package linux-image-${series}*-cloud-amd64 is offered here: apt-get update, with Debian bookworm among the sources`,
    );
  }
  const folder = join(CACHE, `${name}_${version.replaceAll(':', '%3a')}`);
  if (!existsSync(folder)) {
    mkdirSync(CACHE, { recursive: true });
    const work = mkdtempSync(join(CACHE, 'work-'));
    try {
      run('apt-get', ['download', '-q', `${name}=${version}`], { cwd: work, stdio: 'pipe' });
      const [deb] = readdirSync(work);
      run('dpkg-deb', ['-x', join(work, deb), join(work, 'unpacked')]);
      renameSync(join(work, 'unpacked'), folder);
    } catch (error) {
      throw new Missing(`cannot download ${name} ${version}: ${String(error.stderr ?? error.message).trim()}`);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const [vmlinuz] = readdirSync(join(folder, 'boot')).filter((file) => file.startsWith('vmlinuz-'));
  const release = vmlinuz.slice('vmlinuz-'.length);
  const modules = [join(folder, 'lib/modules', release), join(folder, 'usr/lib/modules', release)].find(existsSync);
  return { series, version: version.replace(/-.*/, ''), image: join(folder, 'boot', vmlinuz), modules };
}

/** Name and version of the newest package of a series, after an update of the lists if they do not have any. */
function offered(series) {
  const pattern = `^linux-image-${series.replaceAll('.', '\\.')}\\.[0-9][^ ]*-cloud-amd64$`;
  const names = () =>
    run('apt-cache', ['search', '--names-only', pattern])
      .split('\n')
      .map((line) => line.split(' ')[0])
      .filter(Boolean);
  let found = names();
  if (found.length === 0 && spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore' }).status === 0) found = names();
  let newest;
  for (const name of found) {
    const version = /^ +Candidate: (\S+)/m.exec(run('apt-cache', ['policy', name]))?.[1] ?? '(none)';
    if (version !== '(none)' && (newest === undefined || isNewer(version, newest[1]))) newest = [name, version];
  }
  return newest;
}

/** The same of what lies in the cache. */
function downloaded(series) {
  let newest;
  for (const entry of existsSync(CACHE) ? readdirSync(CACHE) : []) {
    const [name, version] = entry.split('_');
    if (!name.startsWith(`linux-image-${series}.`) || version === undefined) continue;
    if (newest === undefined || isNewer(version, newest[1])) newest = [name, version.replaceAll('%3a', ':')];
  }
  return newest;
}

function isNewer(version, than) {
  return spawnSync('dpkg', ['--compare-versions', version, 'gt', than]).status === 0;
}

/**
 * An ext4 image with the programs of this machine's packages, Node and the kernels' modules, made when one of them has changed.
 * Returns its path.
 */
export function toolsImage(kernels) {
  const installed = packages();
  const all = closure(installed);
  const parts = [readFileSync(INIT), readFileSync(fileURLToPath(import.meta.url)), process.version, process.execPath];
  for (const name of all) parts.push(`${name} ${installed.get(name).version}`);
  for (const { modules } of kernels) parts.push(modules);
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  const image = join(CACHE, `tools-${hash.digest('hex').slice(0, 16)}.ext4`);
  if (existsSync(image)) return image;
  mkdirSync(CACHE, { recursive: true });
  for (const old of readdirSync(CACHE)) if (old.startsWith('tools-')) rmSync(join(CACHE, old));
  const work = mkdtempSync(join(CACHE, 'work-'));
  try {
    const root = join(work, 'root');
    copyPackages(all, root);
    copyNode(root);
    for (const { modules } of kernels) copyModules(modules, root);
    completeRoot(root);
    makeImage(root, join(work, 'image'), DISK.tools);
    renameSync(join(work, 'image'), image);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return image;
}

/**
 * A disk of a directory, with room to write: one partition with ext4. The kernel numbers disks in whatever order it finds them, so
 * that it is the signature in the partition table (a 32-bit number) by which they are told apart: PARTUUID=SIGNATURE-01.
 */
export function makeImage(root, image, signature) {
  const START = 1 << 20;
  const SECTOR = 512;
  const megabytes = Number(/^\d+/.exec(run('du', ['-sm', root]))[0]) * 2 + 512;
  const table = Buffer.alloc(SECTOR);
  table.writeUInt32LE(signature, 440);
  table[450] = 0x83; // Linux
  table.writeUInt32LE(START / SECTOR, 454);
  table.writeUInt32LE((megabytes << 20) / SECTOR, 458);
  table.writeUInt16LE(0xaa55, 510);
  writeFileSync(image, table);
  run('truncate', ['-s', `${megabytes + (START >> 20)}M`, image]);
  const options = ['-q', '-F', '-O', '^has_journal', '-E', `offset=${START}`, '-d', root];
  run('mkfs.ext4', [...options, image, `${megabytes}M`]);
}

function packages() {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own
  const format = '${db:Status-Status}\t${Package}\t${Version}\t${Provides}\t${Pre-Depends}, ${Depends}\n';
  const found = new Map();
  const provided = [];
  for (const line of run('dpkg-query', ['-W', '-f', format]).trim().split('\n')) {
    const [status, name, version, provides, depends] = line.split('\t');
    if (status !== 'installed') continue;
    const entry = { name, version, depends: alternatives(depends) };
    found.set(name, entry);
    for (const [other] of alternatives(provides)) if (other) provided.push([other, entry]);
  }
  for (const [name, entry] of provided) if (!found.has(name)) found.set(name, entry);
  return found;
}

/** `a (>= 1) | b:any, c` as [[a, b], [c]] */
function alternatives(text) {
  return text.split(',').map((one) => one.split('|').map((name) => name.trim().split(/[ (:]/, 1)[0]));
}

/** PACKAGES and all that they depend on. Throws a Missing with those that are not installed. */
function closure(installed) {
  const missing = PACKAGES.filter((name) => !installed.has(name) && !OPTIONAL.includes(name));
  if (missing.length > 0)
    throw new Missing(`packages whose programs the tests run are missing: apt-get install ${missing.join(' ')}`);
  const all = new Set();
  const add = (name) => {
    const entry = installed.get(name);
    if (entry === undefined || all.has(entry.name) || LEFT_OUT.includes(entry.name)) return;
    all.add(entry.name);
    for (const names of entry.depends) add(names.find((one) => installed.has(one)));
  };
  for (const name of PACKAGES) add(name);
  return [...all].sort();
}

function copyPackages(names, root) {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  const isWanted = (file) =>
    file.startsWith('/') && !/^\/usr\/share\/(?:doc|man|locale|info|lintian|bug)\/./.test(file);
  const files = run('dpkg', ['-L', ...names])
    .split('\n')
    .filter(isWanted);
  // cc, awk, which: links that the packages' scripts have made
  const links = run('find', ['/usr/bin', '/usr/sbin', '/etc/alternatives', '-lname', '/*', '-print']).split('\n');
  const list = [...new Set([...files, ...links])].filter((file) => file.length > 1 && existsSync(file));
  const script = 'tar -C / -c --no-recursion -T - | tar -C "$1" -x --keep-directory-symlink';
  run('sh', ['-ec', script, 'sh', root], { input: list.map((file) => file.slice(1)).join('\n') });
}

/** The Node that runs here, with its npm; where it is a package's it has come with that. */
function copyNode(root) {
  const place = dirname(dirname(process.execPath));
  if (existsSync(join(root, process.execPath))) return;
  mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
  copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
  const npm = join(place, 'lib/node_modules/npm');
  if (!existsSync(npm)) return;
  cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
}

/** loop and overlay are modules; drivers of hardware are most of the rest. */
function copyModules(modules, root) {
  const release = modules.split('/').at(-1);
  const to = join(root, 'usr/lib/modules', release);
  cpSync(modules, to, {
    recursive: true,
    filter: (path) => !path.includes('/kernel/drivers/') || path.includes('/kernel/drivers/block'),
  });
  run('depmod', ['-b', root, release], { stdio: 'ignore' });
}

function completeRoot(root) {
  for (const name of ['proc', 'sys', 'dev', 'tmp', 'var/tmp', 'run', 'root', 'ior-flame', 'usr/share/doc'])
    mkdirSync(join(root, name), { recursive: true });
  run('chmod', ['1777', join(root, 'tmp'), join(root, 'var/tmp')]);
  copyFileSync(INIT, join(root, 'init'));
  run('chmod', ['755', join(root, 'init')]);
  // what the scripts of packages have made: libpam-runtime's, base-passwd's
  cpSync('/etc/pam.d', join(root, 'etc/pam.d'), { recursive: true });
  const users = [
    [
      'passwd',
      'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nbin:x:2:2:bin:/bin:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
    ],
    ['shadow', 'root:*:19000:0:99999:7:::\n'],
    ['group', 'root:x:0:\ndaemon:x:1:\nbin:x:2:\nnogroup:x:65534:\n'],
    ['hosts', '127.0.0.1 localhost\n127.0.1.1 emulated\n'],
    ['hostname', 'emulated\n'],
  ];
  for (const [name, text] of users) writeFileSync(join(root, 'etc', name), text);
  run('ldconfig', ['-r', root]);
}
