import type { Position } from '../errors.ts';

/** One mistake in a file. */
export interface Diagnostic {
  readonly position: Position;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Characters to underline; 1 unless told. */
  readonly length?: number | undefined;
}
