// Each fixture, `<case>.txt` or a folder with the files of one trace, beside the events that it must become.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { logOf, summaryOf } from './events.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TOOLS = readdirSync(HERE, { withFileTypes: true }).filter((entry) => entry.isDirectory());

for (const { name: tool } of TOOLS) {
  t.test(tool, async (t) => {
    const cases = readdirSync(`${HERE}${tool}`).filter((name) => !/\.(?:events|folded)$/.test(name));
    for (const name of cases) {
      const read = await logOf(`${HERE}${tool}/${name}`);
      const events = `${read.lines.join('\n')}\n${summaryOf(read)}\n`;
      const golden = `${HERE}${tool}/${name.replace(/\.txt$/, '')}.events`;
      if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, events);
      t.equal(events, existsSync(golden) ? readFileSync(golden, 'utf8') : '(no golden)', name);
    }
  });
}
