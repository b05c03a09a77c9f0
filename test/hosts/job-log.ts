import { closeSync, existsSync, openSync, readSync } from 'node:fs';

/** Reads what is appended to a file, line by line. */
export class JobLog {
  readonly #file: string;
  #descriptor: number | undefined;
  #rest = '';
  readonly #buffer = Buffer.alloc(64 * 1024);

  constructor(file: string) {
    this.#file = file;
  }

  /** The lines that have been finished since the last call. */
  lines(): readonly string[] {
    if (this.#descriptor === undefined) {
      if (!existsSync(this.#file)) return [];
      this.#descriptor = openSync(this.#file, 'r');
    }
    for (;;) {
      const count = readSync(this.#descriptor, this.#buffer);
      if (count === 0) break;
      // A character that is cut in two here is one of a job's evidence alone.
      this.#rest += this.#buffer.toString('utf8', 0, count);
    }
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}
