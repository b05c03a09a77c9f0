/** A mistake of a lab file as a whole, where each part is right by itself. */
export interface Finding {
  readonly path: readonly PropertyKey[];
  /** The key, in the map at the path, that the mistake is about; left out, it is about the value at the path. */
  readonly key?: string;
  readonly message: string;
  readonly hint?: string;
}
