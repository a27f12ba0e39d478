// The command behind `--`: started as the caller of sudo, with the terminal, descriptors and signals that it would have had
// without us, and waited for. In: the words of the command line. Out: how it ended.
//
// Whatever the command needs before it can be itself (setpriv, a shell that ignores a signal) calls execve and does not
// fork: the tracer is told how many execves come first, and the trace begins with that of the command.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { type Account, callerOfSudo } from './accounts.ts';
import { signalSet } from './signals.ts';

export interface CommandEnd {
  /** As a shell tells it: the command's own, 128 + n after a signal, 126 or 127 when it could not be run. */
  readonly exitCode: number;
  /** Why it could not be run. */
  readonly failure?: string;
}

export interface LaunchOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** stdout carries the artifact: the command's goes to stderr. */
  readonly stdoutIsTaken: boolean;
  /** As we were started with SIGHUP ignored, it is for the command, too. */
  readonly hangupIsIgnored: boolean;
  /** Who runs it; undefined: who we are. */
  readonly caller?: Account | undefined;
}

/** How long after a child's change of state it is looked at: Ctrl-Z and fg reach all of a job, but not at once. */
const SETTLED_MS = 20;

export class Command {
  readonly ended: Promise<CommandEnd>;
  #child: ChildProcess | undefined;

  /** `launch` is called around the fork, with the number of execves until the command is there, and with 0. */
  constructor(options: LaunchOptions, launch: (execves: number) => void) {
    const { caller = callerOfSudo() } = options;
    const [file = ''] = options.command;
    const stages = stagesBefore(caller, options.hangupIsIgnored);
    const [program, ...args] = [...stages.flat(), ...options.command];
    launch(stages.length + 1);
    let launched: ChildProcess | NodeJS.ErrnoException;
    try {
      // spawn forks and waits for the first execve before it returns (uv_spawn)
      launched =
        stages.length > 0 && !isThere(file)
          ? Object.assign(new Error(), { code: 'ENOENT' })
          : spawn(program as string, args, {
              stdio: descriptors(options.stdoutIsTaken),
              env: { ...process.env, ...environmentOf(caller) },
            });
    } catch (error) {
      launched = error as NodeJS.ErrnoException; // Node throws some reasons why a program cannot be run, and emits the others
    } finally {
      launch(0);
    }
    if (launched instanceof Error) {
      this.ended = Promise.resolve(notRun(launched, file));
      return;
    }
    const child = launched;
    this.#child = child;
    process.on('SIGCHLD', this.#stopWithIt);
    this.#stopWithIt(); // it may have stopped before we listened
    process.on('SIGQUIT', ignore); // Ctrl-\ reaches the command by itself
    this.ended = new Promise<CommandEnd>((resolve) => {
      child.on('error', (error: NodeJS.ErrnoException) => {
        const isSetpriv = stages.length > 0 && error.code === 'ENOENT';
        resolve(isSetpriv ? withoutLauncher(program as string, caller) : notRun(error, file));
      });
      child.on('exit', (code, signal) =>
        resolve({ exitCode: code ?? 128 + constants.signals[signal as NodeJS.Signals] }),
      );
    }).finally(() => {
      this.#child = undefined;
      process.off('SIGCHLD', this.#stopWithIt);
      process.off('SIGQUIT', ignore);
    });
  }

  get isAlive(): boolean {
    return this.#child !== undefined;
  }

  /** Whether it does something of its own on Ctrl-C, as shells, editors and pagers do. */
  get handlesInterrupt(): boolean {
    const pid = this.#child?.pid;
    return pid !== undefined && (signalSet(pid, 'SigCgt') & (1n << BigInt(constants.signals.SIGINT - 1))) !== 0n;
  }

  pass(signal: NodeJS.Signals): void {
    try {
      if (this.#child?.pid !== undefined) process.kill(this.#child.pid, signal);
    } catch {
      // it has just ended, or it is a setuid program of another user
    }
  }

  /** It may go on, we do not wait for it. */
  abandon(): void {
    this.#child?.unref();
  }

  /**
   * A shell takes back its terminal when the job that it started stops, and that is us: when the command has stopped by itself
   * (`kill -STOP $$`), at a terminal whose foreground job we are, we do as well.
   */
  readonly #stopWithIt = (): void => {
    setTimeout(() => {
      const [ours, its] = [jobOf('self'), jobOf(this.#child?.pid ?? 0)];
      if (ours === undefined || its?.state !== 'T') return;
      if (ours.foreground === ours.group && its.group === ours.group) process.kill(process.pid, 'SIGTSTP');
    }, SETTLED_MS).unref();
  };
}

/** Words that stand before the command: each calls execve for what follows. */
function stagesBefore(caller: Account | undefined, hangupIsIgnored: boolean): string[][] {
  // libuv sets every signal to its default in a child
  const exec = ['sh', '-c', hangupIsIgnored ? 'trap "" HUP; exec "$@"' : 'exec "$@"', 'sh'];
  if (caller === undefined) return hangupIsIgnored ? [exec] : [];
  const identity = ['--reuid', String(caller.uid), '--regid', String(caller.gid), '--init-groups'];
  const capabilities = ['--inh-caps=-all', '--ambient-caps=-all', '--bounding-set=-all'];
  // setpriv itself keeps what it has until its execve, and could run what the caller may not
  return [['setpriv', ...identity, ...capabilities, '--'], exec];
}

function environmentOf(caller: Account | undefined): NodeJS.ProcessEnv {
  if (caller === undefined) return {};
  return { HOME: caller.home, USER: caller.name, LOGNAME: caller.name, SHELL: caller.shell };
}

/**
 * Ours, and what our parent gave us beyond stderr (`diff <(a) <(b)`, the pipe of make's job server), each at its number. Node
 * has closed those for its children (uv_disable_stdio_inheritance()), as it does with its own: they are what is anonymous,
 * a pipe to itself and a spare /dev/null (emfile_fd of libuv).
 */
function descriptors(stdoutIsTaken: boolean): ('inherit' | 'ignore' | number)[] {
  const stdio: ('inherit' | 'ignore' | number)[] = ['inherit', stdoutIsTaken ? 2 : 'inherit', 'inherit'];
  const links = linksOf('self').filter(([fd]) => fd > 2);
  const ofParent = new Map(linksOf(process.ppid));
  for (const [fd, link] of links.toSorted(([a], [b]) => a - b)) {
    const isBothEnds = links.filter(([, other]) => other === link).length > 1;
    const isLikeNodes = isBothEnds || link === '/dev/null';
    if (link.startsWith('anon_inode:') || (isLikeNodes && ofParent.get(fd) !== link)) continue;
    while (stdio.length < fd) stdio.push('ignore');
    stdio.push(fd);
  }
  return stdio;
}

/** Descriptors and what they lead to; none when we may not know. */
function linksOf(pid: number | 'self'): [fd: number, link: string][] {
  const links: [number, string][] = [];
  try {
    for (const name of readdirSync(`/proc/${pid}/fd`)) {
      const link = readlink(`/proc/${pid}/fd/${name}`); // that of the directory itself has gone
      if (link !== undefined) links.push([Number(name), link]);
    }
  } catch {
    // another user's process, or it has gone
  }
  return links;
}

function readlink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function isThere(file: string): boolean {
  if (file.includes('/')) return existsSync(file);
  return file !== '' && (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, file)));
}

/** The exit codes of env(1). */
function notRun({ code, errno, message }: NodeJS.ErrnoException, file: string): CommandEnd {
  const missing = code === 'ENOENT' || file === '';
  const seen = getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;
  const reason = missing ? 'no such program' : code === 'EACCES' ? 'it is not executable' : seen;
  return { exitCode: missing ? 127 : 126, failure: `cannot run ${file === '' ? "''" : file}: ${reason}` };
}

function withoutLauncher(program: string, caller: Account | undefined): CommandEnd {
  const who = caller === undefined ? '' : ` as ${caller.name}`;
  return {
    exitCode: 126,
    failure: `cannot run the command${who}: ${program} is missing: install util-linux, or unset SUDO_UID to run it as root`,
  };
}

interface Job {
  readonly state: string;
  readonly group: number;
  /** The process group in the foreground of its terminal; -1: it has none. */
  readonly foreground: number;
}

/** proc_pid_stat(5): `7 (a b) S 1 7 7 34816 7 ...`: state, parent, group, session, terminal, its foreground. */
function jobOf(pid: number | 'self'): Job | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, group: Number(group), foreground: Number(foreground) };
  } catch {
    return undefined;
  }
}

function ignore(): void {}
