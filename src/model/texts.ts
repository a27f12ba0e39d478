// Interned texts: a name becomes a small integer once, and everything behind it moves integers.

export class Texts {
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];

  get length(): number {
    return this.#texts.length;
  }

  /** The id of `text`, the same for the same text, counting from 0. */
  id(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#texts.length;
      this.#ids.set(text, id);
      this.#texts.push(text);
    }
    return id;
  }

  /** The id of `text` if it has one. */
  find(text: string): number | undefined {
    return this.#ids.get(text);
  }

  text(id: number): string {
    const text = this.#texts[id];
    if (text === undefined) throw new RangeError(`no text with id ${id}`);
    return text;
  }
}
