/** A mistake of a lab file as a whole, where each part is right by itself. */
export interface Finding {
  readonly path: readonly PropertyKey[];
  /** Point at this key of the map at the path, instead of at its value. */
  readonly key?: string;
  readonly message: string;
  readonly hint?: string;
}
