// What is open: the names behind descriptors and cwds, open file descriptions, and the tables of descriptors and cwds
// that tasks share. The effects of finished calls come in, the name behind a number goes out. Everything here is counted
// by reference: what nobody has open any more must leave nothing behind.

import type { FileType } from '../model/profile.ts';

/** A name that something open goes by. All that was opened under it shares it, so that a rename changes one string. */
export class OpenName {
  path: string;
  /** The path's id in the texts of a profile; -1: not asked for yet. */
  text = -1;
  references = 0;
  /** False once the file was unlinked or replaced: it keeps the last name, and no rename concerns it. */
  isLive = true;

  constructor(path: string) {
    this.path = path;
  }
}

const BELOW_SLOTS = 1 << 16;

/** All names of what is open. */
export class OpenNames {
  readonly #live = new Map<string, OpenName>();
  /**
   * Number of live names below a directory, by hash of its path: 0 spares a rename the search through all names. Counted
   * from the first rename on, for most traces have none.
   */
  #below: Int32Array | undefined;

  /** Number of names that something open goes by now; names of removed files are not in it. */
  get size(): number {
    return this.#live.size;
  }

  /** The name of something that is being opened; it counts as one reference. */
  take(path: string): OpenName {
    let name = this.#live.get(path);
    if (name === undefined) {
      name = new OpenName(path);
      this.#link(name);
    }
    name.references++;
    return name;
  }

  retain(name: OpenName): OpenName {
    name.references++;
    return name;
  }

  release(name: OpenName): void {
    if (--name.references === 0 && name.isLive) this.#unlink(name);
  }

  /** A file or directory was removed, or another one took its name. */
  remove(path: string): void {
    const name = this.#live.get(path);
    if (name === undefined) return;
    this.#unlink(name);
    name.isLive = false;
  }

  rename(from: string, to: string): void {
    if (from === to || contains(from, to) || contains(to, from)) return; // refused by the kernel, or no change
    for (const name of this.#under(to)) this.remove(name.path);
    this.#move(this.#under(from), from, to);
  }

  exchange(a: string, b: string): void {
    if (a === b || contains(a, b) || contains(b, a)) return;
    const underA = this.#under(a);
    const underB = this.#under(b);
    for (const name of [...underA, ...underB]) this.#unlink(name);
    for (const name of underA) this.#relink(name, a, b);
    for (const name of underB) this.#relink(name, b, a);
  }

  #move(names: readonly OpenName[], from: string, to: string): void {
    for (const name of names) {
      this.#unlink(name);
      this.#relink(name, from, to);
    }
  }

  #relink(name: OpenName, from: string, to: string): void {
    name.path = to + name.path.slice(from.length);
    name.text = -1;
    this.#link(name);
  }

  /** The live names at or below a path. */
  #under(path: string): OpenName[] {
    const found: OpenName[] = [];
    const name = this.#live.get(path);
    if (name !== undefined) found.push(name);
    if (this.#counts()[hashOf(path)] === 0) return found;
    for (const other of this.#live.values()) if (contains(path, other.path)) found.push(other);
    return found;
  }

  #link(name: OpenName): void {
    this.#live.set(name.path, name);
    if (this.#below !== undefined) countBelow(this.#below, name.path, 1);
  }

  #unlink(name: OpenName): void {
    this.#live.delete(name.path);
    if (this.#below !== undefined) countBelow(this.#below, name.path, -1);
  }

  #counts(): Int32Array {
    if (this.#below === undefined) {
      this.#below = new Int32Array(BELOW_SLOTS);
      for (const path of this.#live.keys()) countBelow(this.#below, path, 1);
    }
    return this.#below;
  }
}

function countBelow(below: Int32Array, path: string, by: number): void {
  let hash = FIRST_HASH;
  for (let i = 0; i < path.length; i++) {
    const unit = path.charCodeAt(i);
    if (unit === SLASH && i > 0) (below[hash & (BELOW_SLOTS - 1)] as number) += by;
    hash = nextHash(hash, unit);
  }
}

const SLASH = 0x2f;
const FIRST_HASH = 0x811c9dc5;

/** FNV-1a's step, over UTF-16 units. */
function nextHash(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, 0x01000193);
}

function hashOf(path: string): number {
  let hash = FIRST_HASH;
  for (let i = 0; i < path.length; i++) hash = nextHash(hash, path.charCodeAt(i));
  return hash & (BELOW_SLOTS - 1);
}

/** Whether a path lies below a directory. */
function contains(directory: string, path: string): boolean {
  return path.length > directory.length && path.charCodeAt(directory.length) === SLASH && path.startsWith(directory);
}

/** An open file description: what open makes and dup, fork and SCM_RIGHTS share. */
export class Description {
  name: OpenName;
  type: FileType;
  /** Status flags and access mode, as F_GETFL tells them; -1: not known. */
  flags: number;
  /** The process that a pidfd stands for, else 0. */
  readonly pid: number;
  /** The name is a word of another time (CallFacts.fdPathsAreLate): any other replaces it. */
  isLate = false;
  references = 0;

  constructor(name: OpenName, type: FileType, flags: number, pid = 0) {
    this.name = name;
    this.type = type;
    this.flags = flags;
    this.pid = pid;
  }
}

/** A table of descriptors, which the threads of a process share. */
export class FileTable {
  /** Number of tasks that use it. */
  references = 1;
  readonly #names: OpenNames;
  readonly #files = new Map<number, Description>();
  readonly #closedByExec = new Set<number>();

  constructor(names: OpenNames) {
    this.#names = names;
  }

  get size(): number {
    return this.#files.size;
  }

  get(fd: number): Description | undefined {
    return this.#files.get(fd);
  }

  set(fd: number, file: Description, closedByExec: boolean): void {
    file.references++;
    const before = this.#files.get(fd);
    this.#files.set(fd, file);
    if (before !== undefined) this.drop(before);
    this.closeByExec(fd, closedByExec);
  }

  closeByExec(fd: number, closedByExec: boolean): void {
    if (closedByExec && this.#files.has(fd)) this.#closedByExec.add(fd);
    else if (this.#closedByExec.size > 0) this.#closedByExec.delete(fd);
  }

  close(fd: number): void {
    const file = this.#files.get(fd);
    if (file === undefined) return;
    this.#files.delete(fd);
    this.#closedByExec.delete(fd);
    this.drop(file);
  }

  /** The open descriptors from `first` to `last`. */
  range(first: number, last: number): number[] {
    return [...this.#files.keys()].filter((fd) => fd >= first && fd <= last);
  }

  exec(): void {
    for (const fd of [...this.#closedByExec]) this.close(fd);
    this.#closedByExec.clear();
  }

  copy(): FileTable {
    const copy = new FileTable(this.#names);
    copy.addAll(this);
    return copy;
  }

  /** Everything that is open in another table, also in place of what is open here. */
  addAll(other: FileTable): void {
    for (const [fd, file] of other.#files) this.set(fd, file, other.#closedByExec.has(fd));
  }

  /** One task less uses it. */
  release(): void {
    if (--this.references > 0) return;
    for (const file of this.#files.values()) this.drop(file);
    this.#files.clear();
    this.#closedByExec.clear();
  }

  /** One reference to a description less. */
  drop(file: Description): void {
    if (--file.references === 0) this.#names.release(file.name);
  }
}

/** Where relative names start from, which the threads of a process share. */
export class Directories {
  references = 1;
  cwd: OpenName | undefined;
  /** The cwd is a word of another time. */
  isLate = false;
  /** Of the process, as chroot sets it; undefined: the root of everything. */
  root: string | undefined;
  readonly #names: OpenNames;

  constructor(names: OpenNames) {
    this.#names = names;
  }

  /** Takes over a reference to `cwd`; undefined: it is not known any more. */
  enter(cwd: OpenName | undefined): void {
    if (this.cwd !== undefined) this.#names.release(this.cwd);
    this.cwd = cwd;
    this.isLate = false;
  }

  /** Somebody says what the cwd is. */
  learn(cwd: string): void {
    if (this.cwd?.path !== cwd) this.enter(this.#names.take(cwd));
  }

  copy(): Directories {
    const copy = new Directories(this.#names);
    copy.root = this.root;
    copy.isLate = this.isLate;
    if (this.cwd !== undefined) copy.cwd = this.#names.retain(this.cwd);
    return copy;
  }

  release(): void {
    if (--this.references > 0 || this.cwd === undefined) return;
    this.#names.release(this.cwd);
    this.cwd = undefined;
  }
}
