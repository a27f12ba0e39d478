// Identities of files and the names they go by. In: the ring's name records. Out: text ids of paths. Names are kept for
// two epochs: the kernel sends a name again in every epoch in which a cell needs it, and a cell of one epoch is named in
// it or, around the turn, in the one before (see "Names and epochs" in ARCHITECTURE.md). So memory here is bounded by
// the files of two epochs, whatever a trace has seen in all.

import { decodeName } from '../../model/names.ts';
import { joinPath } from '../../model/paths.ts';
import type { Texts } from '../../model/texts.ts';
import { TupleTable } from '../../model/tuple-table.ts';
import { FILE_WORDS, NAME, NAME_KIND } from './abi.ts';
import { dataOf, nameOfRecord } from './name-record.ts';

class Generation {
  readonly #files = new TupleTable(FILE_WORDS);
  readonly #texts: number[] = [];

  get(file: ArrayLike<number>): number | undefined {
    return this.#texts[this.#files.find(file)];
  }

  set(file: ArrayLike<number>, text: number): void {
    this.#texts[this.#files.add(file)] = text;
  }
}

export class NameStore {
  readonly #texts: Texts;
  readonly #file = new Int32Array(FILE_WORDS);
  #current = new Generation();
  #previous = new Generation();

  constructor(texts: Texts) {
    this.#texts = texts;
  }

  /** From now on names count for the next epoch, and those of the one before last are forgotten. */
  beginEpoch(): void {
    this.#previous = this.#current;
    this.#current = new Generation();
  }

  /** The text id of the path of a file, FILE_WORDS words long; undefined when its name never came. */
  path(file: ArrayLike<number>): number | undefined {
    return this.#current.get(file) ?? this.#previous.get(file);
  }

  /** Takes one record of the ring: a struct ior_name of which `data` holds `len` bytes. */
  add(view: DataView, at: number): void {
    this.#readFile(view, at + NAME.offset.file);
    const kind = view.getUint32(at + NAME.offset.kind, true);
    const known = this.path(this.#file);
    // A file keeps the name it had when it was alive, and a socket the one with the peer that it had when connected.
    if (known !== undefined && (kind !== NAME_KIND.socket || this.#isFullSocketName(known))) {
      this.#current.set(this.#file, known);
      return;
    }
    let path: string;
    if (kind === NAME_KIND.string) {
      const base = this.#basePath(view, at + NAME.offset.base);
      this.#readFile(view, at + NAME.offset.file);
      path = joinPath(base, decodeName(dataOf(view, at)));
    } else {
      path = nameOfRecord(view, at);
    }
    this.#current.set(this.#file, this.#texts.id(path));
  }

  /** With a peer, or TCP's with the port it listens on; one that is only bound may be connected yet. */
  #isFullSocketName(text: number): boolean {
    const frames = this.#texts.text(text).split('\0');
    return frames.length > 3 || (frames.length === 3 && frames[1] === 'tcp');
  }

  #basePath(view: DataView, at: number): string | undefined {
    this.#readFile(view, at);
    const text = this.path(this.#file);
    return text === undefined ? undefined : this.#texts.text(text);
  }

  #readFile(view: DataView, at: number): void {
    for (let i = 0; i < FILE_WORDS; i++) this.#file[i] = view.getInt32(at + i * 4, true);
  }
}
