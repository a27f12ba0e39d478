// The command behind `--` at a terminal: job control, signals from keys, programs that draw on it, as if it had been run directly.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { having, stacks } from './artifacts.ts';
import { KEYS, Terminal } from './terminal.ts';
import { directory, sleep, whyNot } from './trace.ts';

const skip = whyNot('script', 'bash', 'less', 'vim');

t.test('at a terminal: Ctrl-C, Ctrl-Z, fg, bg and Ctrl-\\', { skip }, async (t) => {
  const dir = directory(t);
  const terminal = new Terminal(t, dir, '-q', '-o', 'a.folded');
  await terminal.shows(/ready> /, 'a shell');

  terminal.line('$T -- sh -c "echo begun; sleep 30"');
  await terminal.shows(/\nbegun/, 'a command');
  terminal.type(KEYS.suspend);
  await terminal.shows(/Stopped/, 'Ctrl-Z stops the job');
  await terminal.shows(/ready> /, 'and the shell has its terminal back');
  terminal.line('fg');
  await terminal.shows(/sleep 30/, 'fg continues it');
  await sleep(300);
  terminal.type(KEYS.interrupt);
  await terminal.shows(/ready> /, 'Ctrl-C ends it');
  terminal.line('echo code $?');
  await terminal.shows(/\ncode 130/, 'with the status of the command');
  t.ok(stacks(t, readFileSync(join(dir, 'a.folded'), 'utf8')).size > 0, 'and the output stands');

  terminal.line('$T -- sh -c "echo begun; sleep 30"');
  await terminal.shows(/\nbegun/, 'another');
  terminal.type(KEYS.quit);
  await terminal.shows(/ready> /, 'Ctrl-\\ ends it');
  terminal.line('echo code $?');
  await terminal.shows(/\ncode 131/, 'as a quit command, and not us');

  for (let i = 0; i < 4; i++) {
    terminal.line(`$T -- sh -c 'kill -STOP $$; echo; echo went on'`);
    await terminal.shows(/Stopped/, 'a command that stops itself at once is a stopped job');
    terminal.line('fg');
    await terminal.shows(/\nwent on/, 'fg continues both');
    await terminal.shows(/ready> /, 'to the end');
  }

  terminal.line('$T -- cat &');
  await terminal.shows(/ready> /, 'in the background');
  await terminal.showsAfter('jobs', /Stopped/, 'who reads the terminal there is stopped');
  terminal.line('fg');
  await terminal.shows(/cat/, 'until it comes to the front');
  await sleep(300);
  terminal.line('some words');
  await terminal.shows(/some words\r\nsome words/, 'it reads the terminal');
  terminal.type(KEYS.end);
  await terminal.shows(/ready> /, 'to the end of file');
  terminal.line('echo code $?');
  await terminal.shows(/\ncode 0/, 'and ends well');
  await terminal.close();
});

t.test('at a terminal: a shell with jobs of its own', { skip }, async (t) => {
  const dir = directory(t);
  const terminal = new Terminal(t, dir, '-q', '-o', 'a.folded');
  await terminal.shows(/ready> /, 'a shell');
  writeFileSync(join(dir, 'rc'), "PS1='inner> '\n");
  terminal.line('$T -- bash --noediting --rcfile rc -i');
  await terminal.shows(/\ninner> /, 'a shell in it');
  t.notMatch(terminal.rest, 'no job control');
  terminal.line('sleep 30');
  await sleep(300);
  terminal.type(KEYS.suspend);
  await terminal.shows(/Stopped[\s\S]*inner> /, 'Ctrl-Z stops its job and nothing else');
  terminal.line('fg');
  await sleep(300);
  for (let i = 0; i < 3; i++) {
    terminal.type(KEYS.interrupt);
    await terminal.shows(/inner> /, 'Ctrl-C is for it');
  }
  terminal.line('exit 6');
  await terminal.shows(/ready> /, 'its end is the end');
  terminal.line('echo code $?');
  await terminal.shows(/\ncode 6/, 'with its status');
  t.ok(having(stacks(t, readFileSync(join(dir, 'a.folded'), 'utf8')), 'sleep').length > 0, 'its jobs are traced');
  await terminal.close();
});

t.test('at a terminal: less and vim', { skip }, async (t) => {
  const dir = directory(t);
  writeFileSync(join(dir, 'text'), Array.from({ length: 500 }, (_, i) => `line ${i} of it\n`).join(''));
  const terminal = new Terminal(t, dir, '-q', '-o', 'a.folded');
  await terminal.shows(/ready> /, 'a shell');
  terminal.line('$T -- less text');
  await terminal.shows(/line 3 of it/, 'less shows its first page');
  terminal.type('G');
  await terminal.shows(/line 499 of it/, 'takes keys');
  for (let i = 0; i < 3; i++) {
    terminal.type(KEYS.interrupt);
    await sleep(150);
  }
  terminal.type(KEYS.suspend);
  await terminal.shows(/Stopped[\s\S]*ready> /, 'Ctrl-Z');
  terminal.line('fg');
  await terminal.shows(/line 499 of it/, 'fg draws it again');
  terminal.type('q');
  await terminal.shows(/ready> /, 'q ends it, three Ctrl-C have not');
  terminal.line('echo code $?');
  await terminal.shows(/\ncode 0/, 'well');
  t.ok(having(stacks(t, readFileSync(join(dir, 'a.folded'), 'utf8')), '/text').length > 0, 'the reading is in');

  terminal.line('$T -- vim -u NONE -N text');
  await terminal.shows(/line 3 of it/, 'vim');
  terminal.type('ddiwritten by vim ');
  await sleep(200);
  terminal.type(KEYS.interrupt);
  await sleep(200);
  terminal.type(KEYS.suspend);
  await terminal.shows(/Stopped[\s\S]*ready> /, 'Ctrl-Z');
  terminal.line('fg');
  await sleep(500);
  terminal.type(':wq\r');
  await terminal.shows(/ready> /, ':wq');
  terminal.line('echo code $?');
  await terminal.shows(/\ncode 0/, 'well');
  t.match(readFileSync(join(dir, 'text'), 'utf8'), /^written by vim line 1 of it\n/);
  t.ok(having(stacks(t, readFileSync(join(dir, 'a.folded'), 'utf8')), '/text').length > 0, 'the writing is in');
  await terminal.close();
});
