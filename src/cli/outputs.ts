// Where artifacts go. In: the targets of the command line. Out: files that appear whole or not at all: each is written
// beside its target and renamed. A device, FIFO or /dev/fd/N is opened and written, never replaced; a link is replaced, never
// followed: in /tmp it may be somebody else's, and we may be root. Targets that cannot be written are found before tracing
// starts, but nothing is begun then: SIGKILL leaves no half of a file behind. No failure of one output costs another.

import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { EXIT, UserError } from '../model/errors.ts';
import { callerOfSudo } from './accounts.ts';

/** `-` as a target, and the name it goes by in messages. */
const STDOUT = '-';
const STDOUT_FD = 1;

export const FORMATS = { svg: '.svg', html: '.html', folded: '.folded' } as const satisfies Record<string, string>;
export type Format = keyof typeof FORMATS;

export interface Output {
  readonly target: string;
  readonly format: Format;
  readonly isStdout: boolean;
  /** Written as it stands, not replaced: writing it may block. */
  readonly isDirect: boolean;
  /** Writes all chunks and puts the file in place. Throws a UserError with exit code 1. */
  write(chunks: Iterable<Uint8Array>): void;
  /** Removes what was begun; after `write` it does nothing. */
  discard(): void;
}

export interface OutputOptions {
  /** What a name that tells nothing is written in; svg unless given. */
  readonly fallback?: Format;
  /** New files are for their owner only, whatever the umask: they tell of other people's processes. */
  readonly isPrivate?: boolean;
}

/**
 * @param targets of -o; none means stdout, or a file named by date and time when stdout is a terminal
 * @param format of --format; otherwise each target's extension tells
 * @throws UserError when a target cannot be written; nothing is left behind then
 */
export function openOutputs(
  targets: readonly string[],
  format: Format | undefined,
  { fallback = 'svg', isPrivate = false }: OutputOptions = {},
): readonly Output[] {
  return (targets.length > 0 ? targets : [defaultTarget(format ?? fallback, new Date())]).map((target) =>
    openOutput(target, format ?? formatOf(target, fallback), isPrivate),
  );
}

function defaultTarget(format: Format, now: Date): string {
  if (!process.stdout.isTTY) return STDOUT;
  const [date, time] = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().split(/[T.]/);
  return `ior-flame-${date}-${time?.replaceAll(':', '')}${FORMATS[format]}`;
}

function formatOf(target: string, fallback: Format): Format {
  for (const [format, extension] of Object.entries(FORMATS)) {
    if (target.endsWith(extension)) return format as Format;
  }
  const name = basename(target);
  const isFile = target !== STDOUT && !target.startsWith('/dev/') && name.includes('.') && !isSpecial(target);
  if (isFile) {
    throw new UserError(
      `cannot tell the format of ${target} by its name: end it in ${Object.values(FORMATS).join(' or ')}, or give --format`,
    );
  }
  return fallback;
}

function openOutput(target: string, format: Format, isPrivate: boolean): Output {
  if (target === '') throw new UserError('-o needs the name of a file: it was given an empty one');
  const descriptor = descriptorOf(target);
  if (descriptor !== undefined) {
    attempt(nameOf(target), () => fstatSync(descriptor));
    return direct(target, format, descriptor, () => descriptor);
  }
  if (isSpecial(target)) {
    attempt(target, () => accessSync(target, constants.W_OK));
    return direct(target, format, undefined, () => openSpecial(target));
  }
  if (target.endsWith('/') || statQuietly(target)?.isDirectory()) {
    throw new UserError(`cannot write ${target}: it is a directory`);
  }
  attempt(target, () => lstatSync(target, { throwIfNoEntry: false })); // its name may be too long
  // 50 characters are 150 bytes at most, and a name may have 255
  const temporary = join(dirname(target), `.${basename(target).slice(0, 50)}.${randomBytes(6).toString('hex')}.tmp`);
  attempt(target, () => {
    closeSync(openSync(temporary, 'wx', 0o600));
    unlinkSync(temporary);
  });
  let fd = -1;
  let left = false;
  const discard = () => {
    if (fd >= 0) closeSync(fd);
    fd = -1;
    if (left) unlinkQuietly(temporary);
    left = false;
  };
  return {
    target,
    format,
    isStdout: false,
    isDirect: false,
    write: (chunks) => {
      try {
        attempt(target, () => {
          fd = openSync(temporary, 'wx', 0o600);
          left = true;
          for (const chunk of chunks) writeAll(fd, chunk);
          giveToCaller(fd);
          if (!isPrivate) fchmodSync(fd, 0o666 & ~process.umask());
          renameSync(temporary, target);
          left = false;
        });
      } finally {
        discard();
      }
    },
    discard,
  };
}

/** A target that is written as it stands. `descriptor` is the one of ours that `open` returns, if it is. */
function direct(target: string, format: Format, descriptor: number | undefined, open: () => number): Output {
  return {
    target,
    format,
    isStdout: descriptor === STDOUT_FD,
    isDirect: true,
    write: (chunks) =>
      attempt(nameOf(target), () => {
        const fd = open();
        try {
          for (const chunk of chunks) writeAll(fd, chunk);
        } finally {
          if (fd !== descriptor) closeSync(fd);
        }
      }),
    discard: () => {},
  };
}

function nameOf(target: string): string {
  return target === STDOUT ? 'standard output' : target;
}

const LONGEST_CHAIN = 40;

/**
 * The descriptor of ours that a target stands for: `-`, /dev/stdout, /dev/fd/N, /proc/self/fd/N. Where it leads to a
 * file, the link in /dev must not be replaced, nor the file opened again, which would begin at its start.
 */
function descriptorOf(target: string): number | undefined {
  if (target === STDOUT) return STDOUT_FD;
  try {
    const descriptors = realpathSync('/proc/self/fd');
    let path = resolve(target);
    for (let links = 0; links < LONGEST_CHAIN; links++) {
      const folder = realpathSync(dirname(path));
      const name = basename(path);
      if (folder === descriptors && /^\d+$/.test(name)) return Number(name);
      if (folder !== '/dev') return undefined;
      path = resolve(folder, readlinkSync(path));
    }
  } catch {
    // no link, or one that leads nowhere
  }
  return undefined;
}

/** Devices, FIFOs, sockets. */
function isSpecial(target: string): boolean {
  try {
    return isSpecialFile(lstatSync(target));
  } catch {
    return false; // absent; what else is wrong shows when it is opened
  }
}

function isSpecialFile(stats: Stats): boolean {
  return !stats.isFile() && !stats.isDirectory() && !stats.isSymbolicLink();
}

/** As it was found: what somebody else has put in its place meanwhile is not written. */
function openSpecial(target: string): number {
  const fd = openSync(target, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NOFOLLOW);
  if (isSpecialFile(fstatSync(fd))) return fd;
  closeSync(fd);
  throw new UserError(`cannot write ${target}: it has become a file meanwhile`, { exitCode: EXIT.failure });
}

/** undefined for what is absent; what else is wrong shows when it is opened. */
function statQuietly(target: string): Stats | undefined {
  try {
    return statSync(target);
  } catch {
    return undefined;
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // the directory went away with it
  }
}

/** Under sudo the file belongs to the caller, by descriptor: a path could lead elsewhere by now. */
function giveToCaller(fd: number): void {
  const caller = callerOfSudo();
  if (caller !== undefined) fchownSync(fd, caller.uid, caller.gid);
}

function writeAll(fd: number, chunk: Uint8Array): void {
  let at = 0;
  while (at < chunk.length) {
    try {
      at += writeSync(fd, chunk, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); // a pipe whose other end made it non-blocking
    }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'its directory is none',
  EACCES: 'permission denied',
  ENAMETOOLONG: 'its name is too long',
  EROFS: 'the filesystem is read-only',
  ENOSPC: 'no space is left on the device',
  ELOOP: 'it is a link, which is not followed',
  EPIPE: 'its reader has gone',
};

/** Runs `action`; an error of the system becomes one sentence about the target. */
function attempt<T>(target: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    // of `EBADF: bad file descriptor, fstat` what stands in the middle
    const reason = REASONS[code] ?? (error as Error).message.replace(/^\w+: /, '').replace(/, \w+(?: '.*)?$/s, '');
    throw new UserError(`cannot write ${target}: ${reason} (${code})`, { exitCode: EXIT.failure, cause: error });
  }
}
