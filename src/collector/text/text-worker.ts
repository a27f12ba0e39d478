// The other thread: reads texts and gives back what they tell, in batches. An entry point of its own in the bundle
// (scripts/bundle-cli.mjs).

import { parentPort, workerData } from 'node:worker_threads';
import { InputError, UserError } from '../../model/errors.ts';
import { type Batch, EventWriter } from './event-batches.ts';
import { readText } from './read.ts';
import { MOST_UNDER_WAY, type Result, type Work } from './read-apart.ts';

const { paths, from, underWay } = workerData as Work;

function answer(result: Result, buffers: readonly ArrayBufferLike[] = []): void {
  parentPort?.postMessage(result, buffers as ArrayBuffer[]);
}

let readBytes = 0;

function post(batch: Batch): void {
  Atomics.add(underWay, 0, 1);
  answer({ kind: 'batch', batch, readBytes }, [batch.numbers.buffer]);
  readBytes = 0;
  while (Atomics.load(underWay, 0) === MOST_UNDER_WAY) Atomics.wait(underWay, 0, MOST_UNDER_WAY);
}

const writer = new EventWriter(post);
try {
  const reads = await readText(paths, {
    from,
    events: () => writer.trace(),
    stack: writer.stack,
    onProgress(bytes) {
      readBytes += bytes;
    },
  });
  writer.flush();
  answer({ kind: 'end', reads });
} catch (error) {
  if (!(error instanceof UserError || error instanceof InputError)) throw error;
  answer({ kind: 'error', message: error.message, exitCode: error.exitCode });
}
