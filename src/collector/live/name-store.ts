// Identities of files and the names they go by. In: the ring's name records. Out: paths. Names are kept for
// two epochs: the kernel sends a name again in every epoch in which a cell needs it, and a cell of one epoch is named in
// it or, around the turn, in the one before (see "Names and epochs" in ARCHITECTURE.md). So memory here is bounded by
// the files of two epochs, whatever a trace has seen in all.

import { decodeName } from '../../model/names.ts';
import { joinPath } from '../../model/paths.ts';
import { TupleTable } from '../../model/tuple-table.ts';
import { FILE_WORDS, NAME, NAME_KIND } from './abi.ts';
import { dataOf, mountOfRecord, nameOfRecord } from './name-record.ts';

export interface FileName {
  readonly path: string;
  /** The mountpoint that it lies under, '' for what is in no directory. */
  readonly mount: string;
  /** The path's id in the texts of a profile; -1: not asked for yet, as no row may ever be about it. */
  text: number;
}

class Generation {
  readonly #files = new TupleTable(FILE_WORDS);
  readonly #names: FileName[] = [];

  get(file: ArrayLike<number>): FileName | undefined {
    return this.#names[this.#files.find(file)];
  }

  set(file: ArrayLike<number>, name: FileName): void {
    this.#names[this.#files.add(file)] = name;
  }
}

export class NameStore {
  readonly #file = new Int32Array(FILE_WORDS);
  #current = new Generation();
  #previous = new Generation();

  /** From now on names count for the next epoch, and those of the one before last are forgotten. */
  beginEpoch(): void {
    this.#previous = this.#current;
    this.#current = new Generation();
  }

  /** The name of a file, whose identity is FILE_WORDS words long; undefined when it never came. */
  name(file: ArrayLike<number>): FileName | undefined {
    return this.#current.get(file) ?? this.#previous.get(file);
  }

  /** Takes one record of the ring: a struct ior_name of which `data` holds `len` bytes. */
  add(view: DataView, at: number): void {
    this.#readFile(view, at + NAME.offset.file);
    const kind = view.getUint32(at + NAME.offset.kind, true);
    const known = this.name(this.#file);
    // A file keeps the name it had when it was alive, and a socket the one with the peer that it had when connected.
    if (known !== undefined && (kind !== NAME_KIND.socket || isFullSocketName(known.path))) {
      this.#current.set(this.#file, known);
      return;
    }
    let path: string;
    let mount: string;
    if (kind === NAME_KIND.string) {
      const base = this.#nameAt(view, at + NAME.offset.base);
      const root = this.#nameAt(view, at + NAME.offset.root);
      this.#readFile(view, at + NAME.offset.file);
      path = joinPath(base?.path, decodeName(dataOf(view, at)), root?.path);
      mount = base?.mount ?? '';
    } else {
      path = nameOfRecord(view, at);
      mount = mountOfRecord(view, at);
    }
    this.#current.set(this.#file, { path, mount, text: -1 });
  }

  #nameAt(view: DataView, at: number): FileName | undefined {
    this.#readFile(view, at);
    return this.name(this.#file);
  }

  #readFile(view: DataView, at: number): void {
    for (let i = 0; i < FILE_WORDS; i++) this.#file[i] = view.getInt32(at + i * 4, true);
  }
}

/** With a peer, or TCP's with the port it listens on; one that is only bound may be connected yet. */
function isFullSocketName(path: string): boolean {
  const frames = path.split('\0');
  return frames.length > 3 || (frames.length === 3 && frames[1] === 'tcp');
}
