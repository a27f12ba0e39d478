import t from 'tap';
import { parseDuration } from '../../src/cli/duration.ts';

t.test('durations as they are typed, in milliseconds', async (t) => {
  const cases: readonly (readonly [string, number])[] = [
    ['1', 1000],
    ['30', 30_000],
    ['0.5', 500],
    ['500ms', 500],
    ['1ms', 1],
    ['0.5ms', 0.5],
    ['30s', 30_000],
    ['1.5s', 1500],
    ['5m', 300_000],
    ['1m30s', 90_000],
    ['1h', 3_600_000],
    ['1.5h', 5_400_000],
    ['2h3m4s5ms', 7_384_005],
    ['576h', 24 * 86_400_000],
    ['0m1s', 1000],
  ];
  for (const [text, ms] of cases) t.equal(parseDuration(text), ms, text);
});

t.test('what is no duration is told in one sentence', async (t) => {
  const shape = 'is no duration: write it as in 500ms, 30s, 5m or 1m30s';
  const cases: readonly (readonly [string, string])[] = [
    ['', `--duration "" ${shape}`],
    ['soon', `--duration "soon" ${shape}`],
    ['5x', `--duration "5x" ${shape}`],
    ['5 s', `--duration "5 s" ${shape}`],
    ['-5s', `--duration "-5s" ${shape}`],
    ['+5', `--duration "+5" ${shape}`],
    ['1e3', `--duration "1e3" ${shape}`],
    ['.5s', `--duration ".5s" ${shape}`],
    ['5.s', `--duration "5.s" ${shape}`],
    ['1m30', `--duration "1m30" ${shape}`],
    ['5S', `--duration "5S" ${shape}`],
    ['1d', `--duration "1d" ${shape}`],
    ['3\n', `--duration "3\\n" ${shape}`],
    ['Infinity', `--duration "Infinity" ${shape}`],
    ['0', '--duration "0" is no time at all: give at least 1ms'],
    ['0s', '--duration "0s" is no time at all: give at least 1ms'],
    ['0h0m', '--duration "0h0m" is no time at all: give at least 1ms'],
    ['577h', '--duration "577h" is too long: at most 24 days (576h)'],
    ['9999999999999999999999', '--duration "9999999999999999999999" is too long: at most 24 days (576h)'],
  ];
  for (const [text, message] of cases)
    t.throws(() => parseDuration(text), { name: 'UserError', exitCode: 2, message }, text);
});
