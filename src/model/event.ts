// What sources outside of the kernel engine see: the two halves of a call, and what else changes a task. A source fills
// these and hands them to the pairing engine (src/fold/pairing.ts) in the order of time; the engine keeps nothing of an
// event beyond the call, so a source on its hot path may fill one object again and again.
//
// Texts are names as in src/model/names.ts. Times are ns from any start, the same for the whole trace.

import type { FileType } from './profile.ts';

/** What a source may know of a call's arguments, at enter, at exit or at both; the exit's word counts where both know. */
export interface CallFacts {
  /** Numeric arguments by position; NaN where the source does not tell. Longer than the call's own is harmless. */
  readonly args: ArrayLike<number>;
  /** The strings of the roles `path` and `path2`, as the program gave them: not joined, not cleaned. */
  readonly path?: string | undefined;
  readonly path2?: string | undefined;
  /** What the source itself says is behind descriptors (strace -y, perf trace), by argument position. */
  readonly fdPaths?: readonly (string | undefined)[] | undefined;
  /**
   * `fdPaths` and `retPath` may be of another time: perf trace looks into /proc when it prints, and names what is behind the number
   * by then. Worth less than anything that is known of the descriptor otherwise.
   */
  readonly fdPathsAreLate?: boolean | undefined;
  /** The program that execve made of the task, or the name that prctl(PR_SET_NAME) gave it, where the source knows it. */
  readonly comm?: string | undefined;
  /** The calling thread's comm at the time of the event, where the source shows it (strace -Y, perf trace). */
  readonly threadComm?: string | undefined;
  /** The calling thread's real uid at the time of the event, where the source shows it. */
  readonly uid?: number | undefined;
  /** Flags that lie behind a pointer: open_how's of openat2, clone_args' of clone3. */
  readonly flags?: number | undefined;
}

export interface EnterEvent extends CallFacts {
  readonly kind: 'enter';
  readonly tid: number;
  /** 0 when the source does not tell threads from processes. */
  readonly pid: number;
  /** NaN when the source has no time stamps. */
  readonly timeNs: number;
  /** The kernel's name, or `syscall_N`. */
  readonly syscall: string;
}

export interface ExitEvent extends CallFacts {
  readonly kind: 'exit';
  readonly tid: number;
  readonly timeNs: number;
  readonly syscall: string;
  /** As the kernel returned it: negative errno on failure; NaN for strace's `= ?`. */
  readonly ret: number;
  /** The kernel's own duration (strace -T, perf trace), else NaN: exit minus enter. */
  readonly durationNs: number;
  /** What the source says is behind the descriptor that the call returned (strace -y); of chdir and the like, where it led. */
  readonly retPath?: string | undefined;
  /** Of which type it is, where the source sees that. */
  readonly retType?: FileType | undefined;
  /** Descriptors that the call made and wrote to memory: pipe's and socketpair's two, those that recvmsg received. */
  readonly newFds?: readonly number[] | undefined;
  /** What the source says is behind each of `newFds`. */
  readonly newFdPaths?: readonly (string | undefined)[] | undefined;
  readonly newFdTypes?: readonly FileType[] | undefined;
}

/** A task was made, where the source tells so apart from the parent's clone returning. `flags` as in clone(2). */
export interface ForkEvent {
  readonly kind: 'fork';
  readonly parent: number;
  readonly child: number;
  readonly flags: number;
}

/** A successful execve, before its exit. After it the thread `tid` is the leader `pid` of its process. */
export interface ExecEvent {
  readonly kind: 'exec';
  readonly tid: number;
  readonly pid: number;
  readonly comm: string | undefined;
}

/** What a live source sees that a task had before the trace began: it counts where nothing else is known. */
export type HadEvent = {
  readonly kind: 'had';
  readonly tid: number;
  readonly pid: number;
  readonly comm: string;
  readonly path: string;
} & (
  | { readonly what: 'cwd' }
  | { readonly what: 'root' }
  | { readonly what: 'fd'; readonly fd: number; readonly type: FileType; readonly closeOnExec: boolean }
);

/** A handler of the task is about to run, where the source sees that; `restarts` is its SA_RESTART. */
export interface SignalEvent {
  readonly kind: 'signal';
  readonly tid: number;
  readonly timeNs: number;
  readonly restarts: boolean;
}

/** A task has ended; its number may be given to another. */
export interface TaskEndEvent {
  readonly kind: 'end';
  readonly tid: number;
  readonly timeNs: number;
}

export type TraceEvent = EnterEvent | ExitEvent | ForkEvent | ExecEvent | HadEvent | SignalEvent | TaskEndEvent;

/** Where a source puts its events. It keeps nothing of one beyond the call. */
export interface EventSink {
  enter(event: EnterEvent): void;
  exit(event: ExitEvent): void;
  fork(event: ForkEvent): void;
  exec(event: ExecEvent): void;
  had(event: HadEvent): void;
  signal(event: SignalEvent): void;
  end(event: TaskEndEvent): void;
}

/** A finished call: what pairing makes of an enter and its exit. */
export interface Pair {
  readonly comm: string;
  readonly pid: number;
  readonly tid: number;
  /** Absolute where that could be known, NUL-joined for what has no path, '' for a call without a file: as in Profile. */
  readonly path: string;
  /** The other name or file of a call that has two, else ''. */
  readonly path2: string;
  readonly fileType: FileType;
  readonly syscall: string;
  readonly startNs: number;
  readonly durationNs: number;
  readonly gapNs: number;
  readonly ret: number;
  /** 0 on success. */
  readonly errno: number;
  readonly bytes: number;
  /** The descriptor argument, or -1. */
  readonly fd: number;
  /** Flags of the open file description, or -1. */
  readonly flags: number;
}
