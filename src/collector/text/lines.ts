// Files, pipes and gzip data become lines, as ranges of bytes in one buffer that is used again and again. A line ends with
// LF or CR LF, the last one also with the end of the input. Memory is bounded whatever the input is: a line longer than
// MAX_LINE_BYTES is left out and counted.

import { constants, openSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { EXIT, UserError } from '../../model/errors.ts';

const CHUNK_BYTES = 1 << 20;
/** Scanners look one byte beyond a line. A read beyond the buffer would be right, and make each of them slow for good. */
const SLACK_BYTES = 8;
export const MAX_LINE_BYTES = 1 << 24;
const LF = 10;
const CR = 13;

/** Told now and then how many more bytes have been read, before decompression. */
export type Progress = (bytes: number) => void;

export interface TextInput {
  /** What messages call it. */
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** `-` is stdin. Nothing is opened before the first read. */
export function textInput(path: string, chunkBytes: number = CHUNK_BYTES): TextInput {
  return path === '-' ? { name: 'stdin', chunks: process.stdin } : { name: path, chunks: chunksOf(path, chunkBytes) };
}

async function* chunksOf(path: string, chunkBytes: number): AsyncGenerator<Uint8Array> {
  if (statSync(path, { throwIfNoEntry: false })?.isFIFO()) yield* fifoChunks(path);
  else yield* fileChunks(path, chunkBytes);
}

/** Without a thread that waits for the other end, perhaps for ever: process.exit would wait for the thread. */
async function* fifoChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    yield* new Socket({ fd, readable: true, writable: false });
  } catch (error) {
    refuseToRead(path, error);
  }
}

/** Reads one chunk ahead, so that the system copies while the one before is worked on. */
async function* fileChunks(path: string, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const file = await open(path).catch((cause: unknown) => refuseToRead(path, cause));
  const read = (buffer: Buffer) => {
    const reading = file.read(buffer, 0, buffer.length).catch((cause: unknown) => refuseToRead(path, cause));
    reading.catch(() => {}); // whoever stops early does not wait for it
    return reading;
  };
  try {
    let other: Buffer | undefined;
    let reading = read(Buffer.allocUnsafe(chunkBytes));
    for (;;) {
      const { buffer, bytesRead } = await reading;
      if (bytesRead === 0) return;
      const isFull = bytesRead === buffer.length; // or the end is near
      if (isFull) reading = read(other ?? Buffer.allocUnsafe(chunkBytes));
      yield buffer.subarray(0, bytesRead);
      if (!isFull) reading = read(buffer);
      else other = buffer;
    }
  } finally {
    await file.close();
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
};

/** Throws what the system says about a file, in one sentence. */
export function refuseToRead(name: string, cause: unknown): never {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === undefined) throw cause;
  // of `EIO: i/o error, read` what stands in the middle
  const reason = REASONS[code] ?? message.replace(/^\w+: /, '').replace(/, \w+(?: '.*)?$/s, '');
  throw new UserError(`cannot read ${name}: ${reason} (${code})`, { exitCode: EXIT.failure, cause });
}

export class LineReader {
  /** The current line is `bytes[start]` up to before `bytes[end]`, until the next call of next or fill. */
  bytes = Buffer.alloc(SLACK_BYTES);
  start = 0;
  end = 0;
  /** Number of the current line, from 1. */
  number = 0;
  /** Lines longer than MAX_LINE_BYTES, which are left out, and the number of the first. */
  overlong = 0;
  firstOverlong = 0;
  /** Why the input ended before its end: broken gzip data. What came before that has been read. */
  damage: string | undefined;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #filled = this.bytes.subarray(0, 0);
  #next = 0;
  #hasEnded = false;
  #isSkipping = false;

  constructor(input: TextInput, onProgress?: Progress) {
    this.#chunks = this.#unpacked(counted(input.chunks, onProgress));
  }

  /** Moves to the next line; false when more bytes have to be filled in first, or when there are no more. */
  next(): boolean {
    const lineEnd = this.#filled.indexOf(LF, this.#next);
    if (lineEnd < 0) return this.#hasEnded && this.#lastLine();
    this.start = this.#next;
    this.end = lineEnd > this.start && this.bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
    this.#next = lineEnd + 1;
    this.number++;
    if (!this.#isSkipping) return true;
    this.#isSkipping = false;
    return this.next();
  }

  /**
   * Moves to all lines that have been read whole, as one range `bytes[start]` up to before `bytes[end]` in which each ends
   * with LF, and also with CR LF; false when more bytes have to be filled in first, or when there are no more. `number` stays:
   * who takes a block adds its lines. Up to SLACK_BYTES behind a block may be read.
   */
  nextBlock(): boolean {
    if (this.#hasEnded && this.#next < this.#filled.length && this.bytes[this.#filled.length - 1] !== LF) {
      this.#filled = this.bytes.subarray(0, this.#filled.length + 1); // there is slack behind what is filled
      this.bytes[this.#filled.length - 1] = LF;
    }
    if (this.#isSkipping) {
      const lineEnd = this.#filled.indexOf(LF, this.#next);
      if (lineEnd < 0) return false;
      this.#next = lineEnd + 1;
      this.number++;
      this.#isSkipping = false;
    }
    this.start = this.#next;
    this.end = this.#filled.lastIndexOf(LF) + 1;
    if (this.end <= this.start) return false;
    this.#next = this.end;
    return true;
  }

  /** Reads on. False at the end of the input, after which next has at most one line more. */
  async fill(): Promise<boolean> {
    if (this.#hasEnded) return false;
    const { value: chunk, done } = await this.#chunks.next();
    if (done) this.#hasEnded = true;
    else this.#append(chunk);
    return true;
  }

  /** Ranges of at most `count` of the lines that follow, as far as they have been read; the current line stays. */
  peek(count: number): (readonly [start: number, end: number])[] {
    const lines: (readonly [number, number])[] = [];
    const { start, end, number, overlong } = this;
    const next = this.#next;
    const isSkipping = this.#isSkipping;
    while (lines.length < count && this.next()) lines.push([this.start, this.end]);
    Object.assign(this, { start, end, number, overlong });
    this.#next = next;
    this.#isSkipping = isSkipping;
    return lines;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #lastLine(): boolean {
    if (this.#next >= this.#filled.length) return false;
    this.start = this.#next;
    this.end = this.#filled.length;
    if (this.bytes[this.end - 1] === CR) this.end--;
    this.#next = this.#filled.length;
    this.number++;
    return !this.#isSkipping;
  }

  #append(chunk: Uint8Array): void {
    const rest = this.#filled.length - this.#next;
    const isOverlong = rest > MAX_LINE_BYTES;
    if (isOverlong && !this.#isSkipping) {
      this.overlong++;
      this.firstOverlong ||= this.number + 1;
      this.#isSkipping = true;
    }
    const kept = isOverlong ? 0 : rest;
    const needed = kept + chunk.length;
    if (needed + SLACK_BYTES > this.bytes.length) {
      const bytes = Buffer.allocUnsafe(Math.max(needed + SLACK_BYTES, this.bytes.length * 2));
      this.bytes.copy(bytes, 0, this.#next, this.#next + kept);
      this.bytes = bytes;
    } else if (kept > 0) {
      this.bytes.copyWithin(0, this.#next, this.#next + kept);
    }
    this.bytes.set(chunk, kept);
    this.#filled = this.bytes.subarray(0, needed);
    this.#next = 0;
  }

  async *#unpacked(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    let packed: Readable | undefined;
    try {
      const first: Uint8Array[] = [];
      let length = 0;
      while (length < 2) {
        const { value, done } = await chunks.next();
        if (done) break;
        first.push(Buffer.from(value));
        length += value.length;
      }
      const head = Buffer.concat(first);
      if (head[0] !== 0x1f || head[1] !== 0x8b) {
        if (head.length > 0) yield head;
        yield* chunks;
        return;
      }
      packed = Readable.from(copies(head, chunks));
      const unpacked = createGunzip({ chunkSize: CHUNK_BYTES });
      packed.on('error', (error) => unpacked.destroy(error));
      yield* packed.pipe(unpacked);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error;
      this.damage = `broken gzip data (${error.message})`;
    } finally {
      packed?.destroy();
      await chunks.return(undefined);
    }
  }
}

/** A stream holds on to what it is given, and file chunks share one buffer. */
async function* copies(head: Buffer, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  yield head;
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

/** A line to keep, with the slack that scanners need: it ends before the last byte. */
export function copyOfLine(...pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...pieces, Buffer.of(LF)]);
}

async function* counted(chunks: AsyncIterable<Uint8Array>, onProgress?: Progress): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    onProgress?.(chunk.length);
    yield chunk;
  }
}
