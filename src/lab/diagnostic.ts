import type { Position } from '../errors.ts';

/** One mistake in a file. */
export interface Diagnostic {
  readonly position: Position;
  readonly message: string;
  readonly hint?: string | undefined;
  /** How many characters to underline; 1 when left out. */
  readonly length?: number | undefined;
}
