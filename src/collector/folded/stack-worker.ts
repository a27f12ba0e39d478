// The other thread: takes blocks of lines and gives back stacks. An entry point of its own in the bundle (scripts/bundle-cli.mjs).

import { parentPort } from 'node:worker_threads';
import { Texts } from '../../model/texts.ts';
import { grown } from '../../model/tuple-table.ts';
import { TextReport } from '../text/report.ts';
import { FrameNames } from './frame-names.ts';
import { type Result, SLACK_BYTES, type Work } from './stack-blocks.ts';
import { StackLines, type StackSink } from './stack-lines.ts';

/** The stacks of one block. */
class Stacks implements StackSink {
  #frames = new Int32Array(1 << 17);
  #used = 0;
  #ends = new Int32Array(1 << 13);
  #counts = new Float64Array(1 << 13);
  #befores = new Float64Array(1 << 13);
  #length = 0;

  stack(frames: Int32Array, start: number, end: number, count: number, before: number): void {
    while (this.#used + end - start > this.#frames.length) this.#frames = grown(this.#frames);
    for (let i = start; i < end; i++) this.#frames[this.#used++] = frames[i] as number;
    if (this.#length === this.#ends.length) {
      this.#ends = grown(this.#ends);
      this.#counts = grown(this.#counts);
      this.#befores = grown(this.#befores);
    }
    this.#ends[this.#length] = this.#used;
    this.#counts[this.#length] = count;
    this.#befores[this.#length++] = before;
  }

  take() {
    const taken = {
      frames: this.#frames.slice(0, this.#used),
      ends: this.#ends.slice(0, this.#length),
      counts: this.#counts.slice(0, this.#length),
      befores: this.#befores.slice(0, this.#length),
    };
    this.#used = 0;
    this.#length = 0;
    return taken;
  }
}

const texts = new Texts();
const stacks = new Stacks();
const lines = new StackLines(new FrameNames(texts), stacks);
let report = new TextReport();
let told = 0;

function answer(result: Result, buffers: readonly ArrayBufferLike[] = []): void {
  parentPort?.postMessage(result, buffers as ArrayBuffer[]);
}

parentPort?.on('message', (work: Work) => {
  if (work.kind === 'file') {
    report = new TextReport();
    lines.file(work.name, report, work.linesBefore);
  } else if (work.kind === 'end') {
    answer({ kind: 'report', lines: report.lines, bad: report.bad, firstBad: report.firstBad });
  } else {
    const { buffer, byteOffset, length } = work.bytes;
    lines.block(Buffer.from(buffer, byteOffset, length), 0, length - SLACK_BYTES);
    const fresh: string[] = [];
    while (told < texts.length) fresh.push(texts.text(told++));
    const { frames, ends, counts, befores } = stacks.take();
    answer({ kind: 'stacks', names: fresh, frames, ends, counts, befores, lines: lines.lines() }, [
      frames.buffer,
      ends.buffer,
      counts.buffer,
      befores.buffer,
    ]);
  }
});
