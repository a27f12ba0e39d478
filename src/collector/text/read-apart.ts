// readText in another thread, so that one reads and understands lines while the other pairs and folds what they tell. For
// much text only: another thread has to be started and its code compiled.

import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { UserError } from '../../model/errors.ts';
import { type Batch, EventReader } from './event-batches.ts';
import type { ReadTextOptions, TextRead } from './read.ts';
import { TextReport } from './report.ts';

/** Batches under way: enough that neither thread waits for the other, few enough that memory does not notice. */
export const MOST_UNDER_WAY = 8;

/** From so much text on it pays: 36 MB took a tenth longer, 72 MB were done a tenth sooner. */
const PAYS_FROM_BYTES = 64 << 20;

/** What the thread is started with. */
export interface Work extends Pick<ReadTextOptions, 'from'> {
  readonly paths: readonly string[];
  /** One number, the batches that have been sent and not yet been taken. */
  readonly underWay: Int32Array;
}

export type Result =
  /** `readBytes` is for who shows progress. */
  | { readonly kind: 'batch'; readonly batch: Batch; readonly readBytes: number }
  | { readonly kind: 'end'; readonly reads: readonly TextRead[] }
  | { readonly kind: 'error'; readonly message: string; readonly exitCode: number };

/** Whether another thread pays for these files. What has no size, as a pipe, is read here. */
export function paysApart(paths: readonly string[]): boolean {
  if (availableParallelism() < 2 || paths.includes('-')) return false;
  const size = paths.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
  return size >= PAYS_FROM_BYTES;
}

/** The same as readText, with the same events and errors. */
export async function readTextApart(paths: readonly string[], options: ReadTextOptions): Promise<TextRead[]> {
  const underWay = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: Work = { paths, from: options.from, underWay };
  const reader = new EventReader(options);
  const worker = new Worker(new URL('./text-worker.js', import.meta.url), { workerData });
  try {
    const reads = await new Promise<readonly TextRead[]>((resolve, reject) => {
      const take = (result: Result): void => {
        if (result.kind === 'end') resolve(result.reads);
        else if (result.kind === 'error') reject(new UserError(result.message, { exitCode: result.exitCode }));
        else {
          options.onProgress?.(result.readBytes);
          reader.take(result.batch);
          Atomics.sub(underWay, 0, 1);
          Atomics.notify(underWay, 0);
        }
      };
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`the thread that reads ended (${code})`)));
      worker.on('message', (result: Result) => {
        try {
          take(result);
        } catch (error) {
          reject(error);
        }
      });
    });
    return reads.map((read) => ({ ...read, report: Object.assign(new TextReport(), read.report) }));
  } finally {
    await worker.terminate();
  }
}
