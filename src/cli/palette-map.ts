// palette.map, the file of flamegraph.pl's --cp: a line `name->rgb(1,2,3)` for each name that has been drawn, so that it has the
// same colour in later pictures, and one that people have chosen for it. In and out: `#rrggbb` by name; the root's name is ''.

import { readFileSync, writeFileSync } from 'node:fs';
import { EXIT, UserError } from '../model/errors.ts';
import { byteKey, decodeName } from '../model/names.ts';

/** In the working directory. */
export const PALETTE_FILE = 'palette.map';

const ARROW = '->';
const LINE = /^(.*)->(?:rgb\((\d{1,3}), ?(\d{1,3}), ?(\d{1,3})\)|#([0-9a-f]{6}))$/i;

/** None where there is no such file. Throws a UserError where there is a line of another kind. */
export function readPalette(): Map<string, string> {
  const colors = new Map<string, string>();
  let text: string;
  try {
    text = decodeName(readFileSync(PALETTE_FILE));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return colors;
    throw refusal('read', cause);
  }
  for (const [i, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const [, name = '', r, g, b, digits] = LINE.exec(line) ?? [];
    const color = digits?.toLowerCase() ?? [r, g, b].map((channel) => hex(Number(channel))).join('');
    if (color.length !== 6) {
      throw new UserError(
        `line ${i + 1} of ${PALETTE_FILE} is not as in main->rgb(230,120,30): "${line.slice(0, 120)}"`,
      );
    }
    colors.set(name, `#${color}`);
  }
  return colors;
}

/** In the order of the names' bytes, as flamegraph.pl writes them. Names that would read as another line are left out. */
export function writePalette(colors: ReadonlyMap<string, string>): void {
  const lines = [...colors]
    .filter(([name]) => !name.includes('\n') && !name.includes(ARROW))
    .map(
      ([name, color]) =>
        `${byteKey(name)}${ARROW}rgb(${[1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)).join(',')})\n`,
    );
  try {
    writeFileSync(PALETTE_FILE, lines.sort().join(''), 'latin1');
  } catch (cause) {
    throw refusal('write', cause);
  }
}

/** Two digits; three for what is no channel. */
function hex(channel: number): string {
  return channel > 255 || Number.isNaN(channel) ? '???' : channel.toString(16).padStart(2, '0');
}

function refusal(verb: string, cause: unknown): UserError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new UserError(`cannot ${verb} ${PALETTE_FILE}, as --cp asks: ${code ?? message}`, {
    exitCode: EXIT.failure,
    cause,
  });
}
