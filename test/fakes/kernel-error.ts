/** What a system call says when it refuses. */
export class KernelError extends Error {
  readonly code: string;

  constructor(code: string, subject: string) {
    super(`${code}: ${subject}`);
    this.code = code;
  }
}
