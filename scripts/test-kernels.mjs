// `npm run test:kernels`: the kernel tests (test/kernel/) on Debian's 6.1 and 6.12 cloud kernels, which qemu emulates, and on
// the running one, as a table. Arguments choose: `-- 6.1 running exact scenarios/paths`. Exits 1 when a test fails; when a
// kernel cannot be run here that is said in a sentence, and in CI it is a failure.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DISK, kernel, Missing, makeImage, requirePrograms, toolsImage } from './kernels/debian.mjs';
import { emulate, FILE_SECONDS, runHere, testScript } from './kernels/machines.mjs';
import { testNames, writeProject } from './kernels/project.mjs';
import { countOf, formatTable, readTap } from './kernels/results.mjs';

const SERIES = ['6.1', '6.12'];
const RUNNING = 'running';
/** Loads of the tests are divided by this. */
const SCALE = { emulated: 100, running: 10 };
const LIMIT_SECONDS = 1500;
/**
 * Not on an emulated kernel unless they are named: what they test lies above the kernel (outputs, signals to the command line,
 * filters), and each starts the command line some fifty times.
 */
const ABOVE_THE_KERNEL = ['faults', 'filters', 'launcher', 'record', 'stopping', 'terminal', 'witness'];

const say = (text) => process.stderr.write(`${text}\n`);
const isStrict = process.env.CI === 'true' || process.env.IOR_REQUIRE_KERNEL === '1';
const all = testNames();
const words = process.argv.slice(2);
const unknown = words.find((word) => ![...SERIES, RUNNING, ...all].includes(word));
if (unknown !== undefined) {
  say(`test:kernels: '${unknown}' is neither a kernel (${[...SERIES, RUNNING].join(', ')}) nor a test of test/kernel/`);
  process.exit(2);
}
const chosen = words.filter((word) => all.includes(word));
const names = chosen.length > 0 ? chosen : all;
const emulatedNames = chosen.length > 0 ? chosen : all.filter((name) => !ABOVE_THE_KERNEL.includes(name));
const wanted = words.filter((word) => !all.includes(word));
const kernels = wanted.length > 0 ? wanted : [...SERIES, RUNNING];

const environment = (where) => ({
  IOR_TEST_SCALE: SCALE[where],
  IOR_TEST_EMULATED: Number(where === 'emulated'),
  IOR_REQUIRE_KERNEL: 1,
  TAP_TIMEOUT: FILE_SECONDS,
});
const work = mkdtempSync(join(tmpdir(), 'ior-flame-kernels-'));
let isMissing = false;
try {
  const columns = [...(await emulated(kernels.filter((name) => name !== RUNNING)))];
  if (kernels.includes(RUNNING)) columns.push(await running());
  process.stdout.write(formatTable(columns));
  const total = { pass: 0, fail: 0, skip: 0 };
  for (const { results } of columns)
    for (const [state, count] of Object.entries(countOf(results))) total[state] += count;
  const { pass, fail, skip } = total;
  process.stdout.write(`# { total: ${pass + fail + skip}, pass: ${pass}, fail: ${fail}, skip: ${skip} }\n`);
  process.exitCode = fail > 0 || (isMissing && isStrict) ? 1 : 0;
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The columns of the emulated kernels, which run side by side. */
async function emulated(series) {
  if (series.length === 0) return [];
  try {
    requirePrograms();
    const found = SERIES.map((name) => (series.includes(name) ? kernel(name) : undefined)).filter(Boolean);
    const tools = toolsImage(found);
    const folder = join(work, 'project');
    await writeProject(folder, '/ior-flame', emulatedNames);
    const start = ({ version, image }) => {
      let images = 0;
      return (names, tell) => {
        writeFileSync(join(folder, 'run-tests'), testScript(names, environment('emulated')));
        const project = join(work, `project-${version}-${images++}`);
        makeImage(folder, project, DISK.project);
        const console = join(work, `console-${version}`);
        return emulate({ image, tools, project, console, limitSeconds: LIMIT_SECONDS }, tell);
      };
    };
    return await Promise.all(found.map((kernel) => column(kernel.version, emulatedNames, start(kernel), 2)));
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    isMissing = true;
    say(`test:kernels: kernels ${series.join(' and ')} cannot be run here: ${error.message}`);
    const state = isStrict ? 'fail' : 'skip';
    return series.map((kernel) => ({
      kernel,
      results: new Map(emulatedNames.map((name) => [name, [{ test: '(the file)', state, reason: error.message }]])),
    }));
  }
}

async function running() {
  const folder = join(work, 'here');
  await writeProject(folder, folder, names);
  return column(release().replace(/[-+].*/, ''), names, (names, tell) =>
    runHere(folder, testScript(names, environment('running')), tell),
  );
}

/**
 * One kernel's results, told on stderr as they come. A machine that does not come to its end, which is the emulator's failing more often than
 * a test's, is started `boots` times at most, with the files that have not been run.
 */
async function column(kernel, names, start, boots = 1) {
  const results = new Map();
  const begun = performance.now();
  const tell = ({ name, output, code, seconds }) => {
    const rows = readTap(output, { code, seconds });
    results.set(name, rows);
    const { pass, fail, skip } = countOf(new Map([[name, rows]]));
    say(`${kernel}  ${name}: ${pass} passed, ${fail} failed, ${skip} skipped (${seconds} s)`);
    for (const { state, test, reason } of rows) if (state === 'skip') say(`${kernel}  skipped: ${test}: ${reason}`);
    if (fail > 0) {
      const reasons = rows.filter(({ reason, state }) => state === 'fail' && reason).map((row) => `${row.reason}\n`);
      process.stdout.write(`==== ${kernel} ${name}\n${output}\n${reasons.join('')}`);
    }
  };
  for (let boot = 0; boot < boots; boot++) {
    const left = names.filter((name) => !results.has(name));
    const problem = await start(left, tell);
    if (problem === undefined) break;
    process.stdout.write(`==== ${kernel}\n${problem}\n`);
  }
  for (const name of names) {
    if (!results.has(name)) results.set(name, [{ test: '(the file)', state: 'fail', reason: 'was not run' }]);
  }
  say(`${kernel}  ${Math.round((performance.now() - begun) / 1000)} s in all`);
  return { kernel, results };
}
