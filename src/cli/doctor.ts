// `ior-flame doctor`: what tracing needs, what this machine has, and what to do about the difference. It ends by really
// loading and attaching the programs, traces itself nothing, and exits 3 when tracing cannot work here.

import type { CommandModule } from 'yargs';
import { EXIT, KernelError } from '../model/errors.ts';
import { FILE_TYPES } from '../model/profile.ts';

export const doctor: CommandModule = {
  command: 'doctor',
  describe: 'Tell what works on this machine, and what to do about what does not',
  handler: async () => {
    const { examine } = await import('../collector/live/preflight.ts');
    const findings = [...examine()];
    if (findings.every(({ ok, required }) => ok || !required)) findings.push(await tryPrograms());
    const width = Math.max(...findings.map(({ what }) => what.length));
    for (const { what, ok, seen, remedy, ways = [] } of findings) {
      process.stdout.write(`${ok ? 'ok     ' : 'missing'} ${what.padEnd(width)}  ${seen}\n`);
      if (ok) continue;
      for (const line of [remedy, ...ways]) process.stdout.write(`${' '.repeat(9 + width)} → ${line}\n`);
    }
    const works = findings.every(({ ok, required }) => ok || !required);
    process.stdout.write(works ? 'ior-flame can trace on this machine.\n' : 'ior-flame cannot trace here yet.\n');
    process.exitCode = works ? EXIT.ok : EXIT.unsupported;
  },
};

/** Loads the object, attaches its programs for a moment and detaches them: the proof that the rest only makes likely. */
async function tryPrograms() {
  const [{ Session }, { DEFAULT_LIMITS }, { selectSyscalls }] = await Promise.all([
    import('../collector/live/session.ts'),
    import('../collector/live/ior-object.ts'),
    import('../syscalls/table.ts'),
  ]);
  const what = 'programs and maps';
  try {
    const session = new Session({
      selection: selectSyscalls({ families: ['all'], syscalls: [], excludeSyscalls: [] }),
      types: (1 << FILE_TYPES.length) - 1,
      everything: false,
      limits: DEFAULT_LIMITS,
      dimensions: ['comm', 'path', 'syscall'],
    });
    session.start();
    session.stop();
    return { what, ok: true, required: true, seen: 'loaded, attached and detached' };
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    const remedy =
      'if every line above says ok this is a bug of ior-flame: please report it with what `ior-flame --verbose -d 1s -o /dev/null` says';
    return { what, ok: false, required: true, seen: error.message, remedy };
  }
}
