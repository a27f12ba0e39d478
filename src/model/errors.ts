// The three kinds of failure that a user can understand. Each message is one sentence: what failed, what was seen,
// what to do. src/cli/main.ts prints the message and exits with the code; any other Error is a bug and keeps its stack.

/** Exit codes of ior-flame itself. Behind a traced command's own code all of its failures are 125, as in env(1). */
export const EXIT = { ok: 0, failure: 1, usage: 2, unsupported: 3, withCommand: 125 } as const;

/** A wrong flag, an unwritable output: something the caller can put right. Exit code 2 unless given. */
export class UserError extends Error {
  readonly exitCode: number;
  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'UserError';
    this.exitCode = options.exitCode ?? EXIT.usage;
  }
}

/** Input that cannot be understood; `at` is the first line of it that shows so, counting from 1. Exit code 1. */
export class InputError extends Error {
  readonly exitCode = EXIT.failure;
  constructor(file: string, what: string, at?: { readonly line: number; readonly text: string }) {
    super(at === undefined ? `${file}: ${what}` : `${file}:${at.line}: ${what}: "${at.text}"`);
    this.name = 'InputError';
  }
}

/** The kernel or libbpf refused. Exit code 3 when tracing is not permitted or not supported here, otherwise 1. */
export class KernelError extends Error {
  readonly exitCode: number;
  readonly errno: number;
  /** libbpf's and the verifier's own words, shown in full with --verbose. */
  readonly log: string;
  constructor(message: string, options: { errno?: number; log?: string; exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'KernelError';
    this.errno = options.errno ?? 0;
    this.log = options.log ?? '';
    this.exitCode = options.exitCode ?? EXIT.unsupported;
  }
}
