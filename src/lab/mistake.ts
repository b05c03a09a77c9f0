import type { Position } from '../errors.ts';

/** A mistake in a file, as it is shown: at its place in the text. */
export interface Diagnostic {
  readonly position: Position;
  readonly message: string;
  readonly hint?: string | undefined;
  /** How many characters to underline; 1 when left out. */
  readonly length?: number | undefined;
}

/** A mistake of a lab file as a whole, where each part is right by itself: at its place in the data. */
export interface Mistake {
  readonly path: readonly PropertyKey[];
  /** The key, in the map at the path, that the mistake is about; left out, it is about the value at the path. */
  readonly key?: string;
  readonly message: string;
  readonly hint?: string;
}
