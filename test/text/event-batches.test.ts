// Events that went through batches to another thread are those that went in: all of every fixture, however they were cut,
// and also when the texts so far had to be forgotten.

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { CallEvent } from '../../src/collector/text/call-event.ts';
import { type Batch, EventReader, EventWriter } from '../../src/collector/text/event-batches.ts';
import { EventLog, logOf } from './events.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const FIXTURES = readdirSync(HERE, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: tool }) =>
    readdirSync(`${HERE}${tool}`)
      .filter((name) => !/\.(?:events|folded)$/.test(name))
      .map((name) => `${tool}/${name}`),
  );

/** As postMessage hands it over. */
function sent(batch: Batch): Batch {
  return structuredClone(batch, { transfer: [batch.numbers.buffer as ArrayBuffer] });
}

t.test('fixtures', async (t) => {
  for (const name of FIXTURES) {
    const direct = await logOf(`${HERE}${name}`);
    const apart = await logOf(`${HERE}${name}`, undefined, (options) => {
      const reader = new EventReader(options);
      const writer = new EventWriter((batch) => reader.take(sent(batch)));
      return {
        options: { ...options, events: () => writer.trace(), stack: writer.stack },
        finish: () => writer.flush(),
      };
    });
    t.strictSame(apart.lines, direct.lines, name);
  }
});

t.test('a batch for each event', (t) => {
  const log = new EventLog();
  let batches = 0;
  const reader = new EventReader({ events: () => log, stack: () => {} });
  const writer = new EventWriter((batch) => {
    batches++;
    reader.take(sent(batch));
  });
  writer.trace();
  const exit = new CallEvent('exit');
  for (let i = 0; i < 100; i++) {
    exit.clear();
    exit.tid = 1;
    exit.syscall = 'recvmsg';
    for (let fd = 0; fd < i; fd++) exit.addNewFd(fd, fd % 2 === 0 ? `/f${fd}` : undefined);
    writer.exit(exit);
    writer.flush();
  }
  t.equal(batches, 100);
  t.equal(log.lines[3], '< 1 - recvmsg =? new=0</f0>,1<"">,2</f2>');
  t.equal(log.lines.at(-1)?.split(',').length, 99);
  t.end();
});

t.test('texts are forgotten when there are too many', (t) => {
  const paths: (string | undefined)[] = [];
  const log = new EventLog();
  log.enter = ({ path, threadComm }) => paths.push(path, threadComm);
  const forgotten: boolean[] = [];
  const reader = new EventReader({ events: () => log, stack: () => {} });
  const writer = new EventWriter((batch) => {
    forgotten.push(batch.forgets);
    reader.take(sent(batch));
  });
  writer.trace();
  const enter = new CallEvent('enter');
  const expected: string[] = [];
  for (let i = 0; i < 600_000; i++) {
    enter.clear();
    enter.tid = 1;
    enter.syscall = 'stat';
    enter.path = `/a/${i}`;
    enter.threadComm = 'cat';
    writer.enter(enter);
    expected.push(enter.path, 'cat');
  }
  writer.flush();
  t.equal(forgotten.filter(Boolean).length, 2);
  t.equal(
    paths.findIndex((path, i) => path !== expected[i]),
    -1,
  );
  t.equal(paths.length, expected.length);
  t.end();
});

t.test('a record larger than a batch', (t) => {
  const stacks: string[] = [];
  const reader = new EventReader({
    events: () => new EventLog(),
    stack: (frames, count, before) => stacks.push(`${frames.join(';')} ${before} ${count}`),
  });
  const writer = new EventWriter((batch) => reader.take(sent(batch)));
  const frames = Array.from({ length: 100_000 }, (_, i) => `f${i % 1000}`);
  writer.stack(frames, 3, undefined);
  writer.stack(['a', 'b'], 5, 7);
  writer.flush();
  t.strictSame(stacks, [`${frames.join(';')} undefined 3`, 'a;b 7 5']);
  t.end();
});
