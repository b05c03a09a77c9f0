/** What comes to labnet from others: inputs that a user names, and what is sent to a socket. */

/** How much of an input is read. */
export interface InputOptions {
  /** The most bytes to read; of a larger input one more is read, so that its size shows. */
  readonly most: number;
  readonly signal?: AbortSignal | undefined;
}

/** From whom, and into which file, something is received. */
export interface ReceiveOptions {
  /** The uid that may connect. */
  readonly uid: number;
  /** The new file that takes what comes, root's alone. */
  readonly file: string;
  /** The most bytes that may come. */
  readonly limit: number;
}

/** One connection awaited at a socket. */
export interface Receiving {
  /** Resolves when the sender has closed; rejects when too much comes or it cannot be written. */
  readonly done: Promise<void>;
  close(): Promise<void>;
}
