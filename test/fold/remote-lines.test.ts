// The other thread of the folded reader: what comes back, and that whoever waits for it, now or later, hears of a failure. What
// becomes of a thread that dies is tested on the command line (test/cli/render.test.ts).

import assert from 'node:assert/strict';
import t from 'tap';
import { RemoteLines } from '../../src/collector/folded/remote-lines.ts';
import { TextReport } from '../../src/collector/text/report.ts';
import { Texts } from '../../src/model/texts.ts';

const LINES = Buffer.from('a;b 1\nbad\na 2.5\n');

t.test('stacks and the report come back', async (t) => {
  const texts = new Texts();
  const stacks: string[] = [];
  const lines = new RemoteLines(texts, {
    stack(frames, start, end, count) {
      stacks.push(`${Array.from(frames.subarray(start, end), (id) => texts.text(id)).join(';')} ${count}`);
    },
  });
  t.teardown(() => lines.close());
  const report = new TextReport();
  lines.file('x', report, 0);
  await lines.block(LINES, 0, LINES.length);
  await lines.end();
  t.same(stacks, ['a;b 1', 'a 2.5']);
  t.same([report.lines, report.bad, report.firstBad?.line], [3, 1, 2]);
});

t.test('a failure that comes while nobody waits is not lost', async (t) => {
  let isCalled = false;
  const lines = new RemoteLines(new Texts(), {
    stack() {
      isCalled = true;
      throw new RangeError('Array buffer allocation failed');
    },
  });
  t.teardown(() => lines.close());
  lines.file('x', new TextReport(), 0);
  await lines.block(LINES, 0, LINES.length);
  while (!isCalled) await new Promise((resolve) => setTimeout(resolve, 20));
  for (const wait of [() => lines.block(LINES, 0, LINES.length), () => lines.lines(), () => lines.end()]) {
    await assert.rejects(wait(), /allocation failed/);
  }
  t.pass('each of them was told');
});
