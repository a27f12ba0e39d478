// Runs the tests' bundles: on a kernel that qemu emulates, or here. In: images or a directory. Out: for each file its output,
// exit code and seconds, told as they come.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { DISK } from './debian.mjs';

/** Longer than any file takes; one that hangs must not keep the others from running. */
export const FILE_SECONDS = 900;

/** The script that runs all files and prints each one's output between two lines that no TAP has. */
export function testScript(names, environment) {
  const settings = Object.entries(environment).map(([name, value]) => `export ${name}='${value}'`);
  return `${settings.join('\n')}
for name in ${names.join(' ')}; do
  echo "@begin $name"
  start=$(cut -d. -f1 /proc/uptime)
  timeout -k 5 ${FILE_SECONDS} node test/kernel/$name.test.mjs 2>&1
  code=$?
  echo
  echo "@end $code $(($(cut -d. -f1 /proc/uptime) - start))"
done
echo "@over"
`;
}

/**
 * Boots a kernel and waits for its end. Nothing is written to the images.
 * @param tell called with ({name, output, code, seconds}) for each file
 * @returns a sentence when the machine did not come to its end, otherwise undefined
 */
export function emulate({ image, tools, project, console, limitSeconds }, tell) {
  const disk = (number, file) => [
    ...['-drive', `file=${file},if=none,id=disk${number},format=raw,snapshot=on`],
    ...['-device', `nvme-ns,drive=disk${number},bus=nvme,nsid=${number}`],
  ];
  const args = [
    // one thread for both CPUs: with two, a CPU may run into a static branch that the other one is patching (a panic in int3)
    ...['-accel', 'tcg,thread=single,tb-size=512', '-cpu', 'max', '-smp', '2', '-m', '1536'],
    ...['-nodefaults', '-display', 'none', '-no-reboot', '-kernel', image],
    ...[
      '-append',
      `root=PARTUUID=${DISK.tools.toString(16)}-01 rootwait rw init=/init console=ttyS0 panic=-1 quiet mitigations=off no_timer_check`,
    ],
    ...['-device', 'nvme,id=nvme,serial=0'],
    ...disk(1, tools),
    ...disk(2, project),
    ...['-serial', `file:${console}`, '-serial', 'stdio'],
  ];
  const child = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), limitSeconds * 1000);
  return finish(child, tell).then(({ isOver, errors }) => {
    clearTimeout(timer);
    if (isOver) return undefined;
    const said = existsSync(console) ? readFileSync(console, 'latin1').trim().split('\n').slice(-15).join('\n') : '';
    return `the machine did not come to its end within ${limitSeconds} s: ${errors.trim()}\n${said}`;
  });
}

/** The same on the running kernel. */
export function runHere(folder, script, tell) {
  const env = { ...process.env };
  delete env.NODE_OPTIONS;
  const child = spawn('sh', ['-c', script], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  return finish(child, tell).then(({ isOver, errors }) => (isOver ? undefined : `the tests ended early: ${errors}`));
}

function finish(child, tell) {
  let name;
  let output = [];
  let isOver = false;
  let errors = '';
  child.stderr.on('data', (data) => (errors += data));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [word, ...rest] = line.split(' ');
    if (word === '@begin') [name, output] = [rest[0], []];
    else if (word === '@end')
      tell({ name, output: output.join('\n'), code: Number(rest[0]), seconds: Number(rest[1]) });
    else if (word === '@over') isOver = true;
    else output.push(line);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve({ isOver, errors }));
  });
}
