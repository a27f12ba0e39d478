// 10,000 random names, and as many texts of options, in a few pictures: every file is well-formed for an XML parser that has
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

t.test('options: every one that takes text', { skip: xmllint ? false : 'xmllint is not installed' }, async (t) => {
  const options = ['title', 'subtitle', 'countname', 'nametype', 'notes', 'fontType', 'notice'] as const;
  const trie = trieOf([[['a', 'b'], 5]]);
  const nothing = trieOf([]);
  // each text in each option, a few hundred of them a picture
  const batches: string[] = [];
  for (let at = 0; at < texts.length; at += options.length + 20) {
    const picture = Object.fromEntries(options.map((option, i) => [option, texts[(at + i) % texts.length]]));
    const description = texts.slice(at + options.length, at + options.length + 20);
    batches.push(svgOf(at % 2 === 0 ? trie : nothing, { ...picture, description }));
  }
  wellFormed(t, batches);
});

function wellFormed(t: Test, svgs: readonly string[]): void {
  const dir = t.testdir();
  const files = svgs.map((svg, i) => {
    writeFileSync(`${dir}/${i}.svg`, svg);
    return `${dir}/${i}.svg`;
  });
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--huge', ...files], { encoding: 'utf8' });
  t.equal(status, 0, stderr.slice(0, 2000));
}
