import t from 'tap';
import { counted, formatBytes, formatCount, formatNs, formatPercent, formatValue } from '../src/model/units.ts';

t.test('durations', async (t) => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0 ns'],
    [87, '87 ns'],
    [1500, '1.5 µs'],
    [999_999, '1 ms'],
    [210e6, '210 ms'],
    [1.24e9, '1.24 s'],
    [59.9e9, '59.9 s'],
    [59.99e9, '1 min'],
    [125e9, '2 min 5 s'],
    [3599.7e9, '1 h'],
    [11520e9, '3 h 12 min'],
  ];
  for (const [ns, text] of cases) t.equal(formatNs(ns), text);
});

t.test('sizes', async (t) => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0 B'],
    [1023, '1,023 B'],
    [1536, '1.5 KiB'],
    [1024 * 1024 - 1, '1 MiB'],
    [16 * 2 ** 20, '16 MiB'],
    [2 ** 53, '8 PiB'],
  ];
  for (const [bytes, text] of cases) t.equal(formatBytes(bytes), text);
});

t.test('counts', async (t) => {
  t.equal(formatCount(4096), '4,096');
  t.equal(formatCount(1234567.6), '1,234,568');
  t.equal(counted(1, 'errors'), '1 error');
  t.equal(counted(0, 'errors'), '0 errors');
  t.equal(formatValue(4096, 'calls'), '4,096 calls');
  t.equal(formatValue(4096, 'samples', 'reads'), '4,096 reads');
  t.equal(formatValue(4096, 'bytes'), '4 KiB');
});

t.test('shares: only all is 100 %, only nothing is 0 %', async (t) => {
  t.equal(formatPercent(123, 1000), '12.3 %');
  t.equal(formatPercent(1000, 1000), '100 %');
  t.equal(formatPercent(99999, 100000), '>99.9 %');
  t.equal(formatPercent(1, 1e6), '<0.01 %');
  t.equal(formatPercent(4, 10000), '0.04 %');
  t.equal(formatPercent(0, 5), '0 %');
  t.equal(formatPercent(0, 0), '–');
});
