// StackLines in another thread, so that one reads lines while the other builds the tree of their stacks. Blocks go there and
// stacks come back, in their order; a few of them are under way at a time.

import { Worker } from 'node:worker_threads';
import type { Texts } from '../../model/texts.ts';
import { TextReport } from '../text/report.ts';
import { type Result, SLACK_BYTES, type Work } from './stack-blocks.ts';
import type { LineBlocks, StackSink } from './stack-lines.ts';

/** Blocks under way: enough that neither thread waits for the other, few enough that memory does not notice. */
const MOST_UNDER_WAY = 8;

export class RemoteLines implements LineBlocks {
  readonly #worker = new Worker(new URL('./stack-worker.js', import.meta.url));
  readonly #texts: Texts;
  readonly #sink: StackSink;
  /** Text ids, by the numbers that names have over there. */
  readonly #ids: number[] = [];
  #report = new TextReport();
  /** Lines of the file, as far as they have come back. */
  #lines = 0;
  #blocksUnderWay = 0;
  #isEnding = false;
  #failure: Error | undefined;
  /** Calls who waits for something to come back. */
  #wake: () => void = () => {};

  constructor(texts: Texts, sink: StackSink) {
    this.#texts = texts;
    this.#sink = sink;
    this.#worker.on('message', (result: Result) => {
      try {
        this.#receive(result);
      } catch (error) {
        this.#fail(error as Error); // the sink's; thrown from here it would reach nobody
      }
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('messageerror', (error) => this.#fail(error));
    this.#worker.on('exit', (code) => this.#fail(new Error(`the thread that reads lines ended (${code})`)));
  }

  file(name: string, report: TextReport, linesBefore: number): void {
    this.#report = report;
    this.#lines = linesBefore;
    this.#post({ kind: 'file', name, linesBefore });
  }

  async block(bytes: Buffer, start: number, end: number): Promise<void> {
    await this.#until(() => this.#blocksUnderWay < MOST_UNDER_WAY);
    const copy = new Uint8Array(end - start + SLACK_BYTES);
    copy.set(bytes.subarray(start, end));
    this.#blocksUnderWay++;
    this.#post({ kind: 'block', bytes: copy }, [copy.buffer]);
  }

  async lines(): Promise<number> {
    await this.#until(() => this.#blocksUnderWay === 0);
    return this.#lines;
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    this.#post({ kind: 'end' });
    await this.#until(() => !this.#isEnding);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(work: Work, buffers: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(work, buffers);
  }

  /** The first failure is the cause; it may come while nobody waits. */
  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }

  async #until(isReached: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (isReached()) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #receive(result: Result): void {
    if (result.kind === 'report') {
      this.#isEnding = false;
      this.#report.lines += result.lines;
      this.#report.bad += result.bad;
      this.#report.firstBad ??= result.firstBad;
    } else {
      this.#blocksUnderWay--;
      this.#lines = result.lines;
      for (const name of result.names) this.#ids.push(this.#texts.id(name));
      const { frames, ends, counts, befores } = result;
      for (let i = 0; i < frames.length; i++) frames[i] = this.#ids[frames[i] as number] as number;
      for (let stack = 0, start = 0; stack < ends.length; stack++) {
        const end = ends[stack] as number;
        this.#sink.stack(frames, start, end, counts[stack] as number, befores[stack] as number);
        start = end;
      }
    }
    this.#wake();
  }
}
