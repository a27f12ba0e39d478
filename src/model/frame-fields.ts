// Which field of a call each frame of a Trie tells, so that a page can put the fields into another order. In the model, for
// fold knows it, and render writes it down.

export interface FrameFields {
  /** From the root up: `comm`, `path`, `syscall`. */
  readonly names: readonly string[];
  /** For each node of the Trie the place of its field in `names`; the root has any. */
  readonly of: Uint8Array;
}
