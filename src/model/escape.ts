// The one place where names become parts of an output: one function for each kind of output. Names come in as
// decodeName makes them and may hold anything; what goes out is well-formed and inert there. Bytes that the output
// cannot carry are written `\xNN`, one for each byte of UTF-8, in lower case. A literal backslash is touched only where
// it would read as such an escape that we could have written: systemd's `\x2d` stays, a literal `\x0a` becomes `\x5cx0a`.

import { decodeName, encodeName } from './names.ts';

/** Controls, lone surrogates, line and paragraph separators, noncharacters (U+FFFE, U+FFFF, ...) and the BOM. */
const UNSAFE = '\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Noncharacter_Code_Point}\\ufeff';
/** After a backslash: an escape of one of those, of a backslash, or of any byte above ASCII. */
const UNSAFE_ESCAPE = 'x(?:[01][0-9a-f]|5c|7f|[89a-f][0-9a-f])';

/** What readers of folded text take for a number: ` 12`, ` 10.5`, ` +3`; Perl's \d and \s know all of Unicode. */
const NUMBER_AT_END = '[-+]?\\.?\\p{Nd}[.\\p{Nd}]*$';
const NO_NAME = '[no name]';

/** After a backslash: the escapes of folded text. `\x20`, `\x23` and `\x5b` are read only where we write them. */
const FRAME_ESCAPE = [
  UNSAFE_ESCAPE,
  'x3b',
  '(?<=^\\\\)x2[03]',
  `x20(?=${NUMBER_AT_END}|$)`,
  '(?<=^\\\\)x5b(?=no name\\]$)',
].join('|');

const FRAME = new RegExp(
  `[${UNSAFE};]|^[\\s#]|\\s$|^\\[(?=no name\\]$)|\\\\(?=${FRAME_ESCAPE})`, // a backslash alone would read as an escape
  'gu',
);
const SPACE_BEFORE_NUMBER = new RegExp(`\\s(?=${NUMBER_AT_END})`, 'u');
const ESCAPED = new RegExp(`\\\\(?:${FRAME_ESCAPE})`, 'gu');

/**
 * A frame of folded text. Reversible by unescapeFrame. An empty name is written `[no name]` (and that name `\x5bno
 * name]`); a space (any kind) at either end, a `#` at the start and `;` are escaped.
 * @param last the frame ends its stack, so that a space and digits at its end would be taken for a number
 */
export function escapeFrame(name: string, last = false): string {
  if (name === '') return NO_NAME;
  const escaped = name.replace(FRAME, toHex);
  return last ? escaped.replace(SPACE_BEFORE_NUMBER, toHex) : escaped;
}

/** The name that escapeFrame wrote; any other text stays as it is where it does not read as an escape. */
export function unescapeFrame(frame: string): string {
  if (frame === NO_NAME) return '';
  if (!frame.includes('\\x')) return frame;
  const name = frame.replace(ESCAPED, (hex) => {
    const byte = Number.parseInt(hex.slice(2), 16);
    return String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte);
  });
  return decodeName(encodeName(name)); // bytes that stood apart may be one character
}

// Marks that reorder the text around them (U+202E and its like) show as escapes too, so that no name can make another
// part of the picture read differently.
const VISIBLE = new RegExp(`[${UNSAFE}\\p{Bidi_Control}]|\\\\(?=${UNSAFE_ESCAPE})`, 'gu');

/** A text as pictures show it: one line, every character visible, in its own direction. Not yet escaped for XML. */
export function visibleText(text: string): string {
  return text.replace(VISIBLE, toHex);
}

/** visibleText of a frame's name; the empty one shows as `[no name]`. */
export function visibleName(name: string): string {
  return name === '' ? NO_NAME : visibleText(name);
}

const XML = new RegExp(`[&<>"'${UNSAFE}]`, 'gu');
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text or a quoted attribute's value in XML 1.0: well-formed for any string, that from visibleText unchanged to read. */
export function escapeXml(text: string): string {
  return text.replace(XML, (character) => ENTITIES[character] ?? toHex(character));
}

function toHex(character: string): string {
  let escaped = '';
  for (const byte of encodeName(character)) escaped += `\\x${byte.toString(16).padStart(2, '0')}`;
  return escaped;
}
