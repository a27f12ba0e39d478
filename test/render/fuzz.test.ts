// 10,000 random names in a few pictures, and as many texts in each option that takes one: every file is well-formed for an XML parser that has
// nothing to do with this project, and nothing in it runs but our script.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { JSDOM } from 'jsdom';
import t, { type Test } from 'tap';
import { decodeName } from '../../src/model/names.ts';
import { HOSTILE, type Stack, svgOf, trieOf } from './pictures.ts';

const SEED = 20250701;
const PICTURES = 8;
const NAMES = 10_000;
const PIECES = [
  ...HOSTILE,
  'read',
  '/usr',
  'a',
  ' ',
  ';',
  '&',
  '<',
  '>',
  "'",
  '"',
  '\t',
  '\r',
  '\u061c',
  '\u2069',
  '\u200d',
];

/** Bytes, code points of all planes, halves of pairs, and pieces that mean something somewhere, in any mixture. */
const text = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 4 }).map((pieces) => pieces.join('')),
  fc.uint8Array({ maxLength: 24 }).map(decodeName),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
);

const xmllint = spawnSync('xmllint', ['--version']).error === undefined;
const names = fc.sample(text, { numRuns: NAMES, seed: SEED });
const texts = fc.sample(text, { numRuns: NAMES, seed: SEED + 1 });
const pictures: string[] = [];

t.before(() => {
  const each = NAMES / PICTURES;
  for (let i = 0; i < PICTURES; i++) {
    const own = names.slice(i * each, (i + 1) * each);
    // side by side, and a few upon one another, so that all of them are drawn
    const stacks = own.map((name, at): Stack => [[name, own[(at * 7) % own.length] as string], 1]);
    pictures.push(
      svgOf(trieOf(stacks), { minWidth: { value: 0.01, unit: 'px' }, width: 20_000, isFluid: i % 2 === 0 }),
    );
  }
});

t.test('names: xmllint takes every picture', { skip: xmllint ? false : 'xmllint is not installed' }, async (t) => {
  wellFormed(t, pictures);
});

t.test('names: nothing in them is markup, a script or an order to turn round', async (t) => {
  for (const picture of pictures) {
    const { document } = new JSDOM(picture, { contentType: 'image/svg+xml' }).window;
    t.equal(document.querySelectorAll('script').length, 1);
    const attributes = [...document.querySelectorAll('*')].flatMap((element) => element.getAttributeNames());
    t.notOk(attributes.some((attribute) => /^on|href/.test(attribute)));
    // marks of our own go in pairs and enclose; others are written as escapes
    t.notMatch(picture.replace(/<script>.*<\/script>/s, ''), /[\u202a-\u202e\u200e\u200f\u061c\u2066\u2067]/);
  }
});

t.test('options: each of the texts in every one', { skip: xmllint ? false : 'xmllint is not installed' }, async (t) => {
  const options = ['title', 'subtitle', 'countname', 'nametype', 'notes', 'fontType', 'notice'] as const;
  const full = trieOf([[['a', 'b'], 5]]);
  const empty = trieOf([]);
  const whole = svgOf(full, Object.fromEntries(options.map((option, i) => [option, texts[i]])));
  wellFormed(t, [whole]);
  // Script and style are the same in all, and 40 KB: left out, a thousand pictures are one file. Each text is in each option of one
  // that has frames, or (the notice) of one that has none.
  const files: string[] = [];
  for (const [trie, own] of [
    [full, options.filter((option) => option !== 'notice')],
    [empty, ['notice', 'title', 'description']],
  ] as const) {
    for (let from = 0; from < NAMES; from += 1000) {
      const drawn: string[] = [];
      for (let at = from; at < from + 1000; at++) {
        const textOf = (i: number) => texts[(at + i * 997) % NAMES] as string;
        const picture = Object.fromEntries(
          own.map((option, i) => [option, option === 'description' ? [textOf(i), textOf(i + 1)] : textOf(i)]),
        );
        drawn.push(svgOf(trie, picture).replace(CONSTANT, ''));
      }
      files.push(`<all>${drawn.join('')}</all>`);
    }
  }
  t.notMatch(files[0], /<script|<style/);
  wellFormed(t, files);
});

/** What is the same in every picture, with the line that only a file may begin with. */
const CONSTANT = /^<\?xml.*?\?>\n|<(script|style)>.*?<\/\1>\n/gs;

function wellFormed(t: Test, svgs: readonly string[]): void {
  const dir = t.testdir();
  const files = svgs.map((svg, i) => {
    writeFileSync(`${dir}/${i}.svg`, svg);
    return `${dir}/${i}.svg`;
  });
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--huge', ...files], { encoding: 'utf8' });
  t.equal(status, 0, stderr.slice(0, 2000));
}
