/**
 * The ways labnet can end, and the one class that carries them to the user.
 *
 * A LabnetError is an expected ending: it names what failed, why, and what to type next. Anything else that
 * is thrown is a bug and is shown as one.
 */

/** Exit status per kind of ending. 75 and 69 are EX_TEMPFAIL and EX_UNAVAILABLE of sysexits(3); 255 is never used. */
export const exitStatus = {
  failed: 1,
  usage: 2,
  'verify-failed': 3,
  'host-cannot': 4,
  foreign: 5,
  'missing-program': 69,
  locked: 75,
  interrupted: 130,
} as const;

/** The kind of an expected ending. */
export type ErrorCode = keyof typeof exitStatus;

/** Where in a file a mistake stands; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What an error tells beside its message. */
export interface ErrorDetails {
  /** What the user can type or change next. */
  readonly hint?: string | undefined;
  readonly position?: Position | undefined;
  readonly cause?: unknown;
}

/** An expected failure, with the code that decides the exit status. */
export class LabnetError extends Error {
  override readonly name = 'LabnetError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly position: Position | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.position = details.position;
  }
}

/**
 * The error for what only root of the PC can do. The command line, which alone knows the very line to type, adds it as a
 * hint.
 */
export class RootNeeded extends LabnetError {
  constructor(message: string) {
    super('host-cannot', message);
  }
}

/** Throws the interruption that Ctrl-C or a signal asked for; every step of a run passes here. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new LabnetError('interrupted', 'interrupted');
}

/** The end of every exhaustive switch: reaching it is a bug in labnet. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Makes a failure of an error by which a system call refused something (a full disk, a directory in the place of a
 * file), since that is no bug of labnet's. Anything else is given back as it is.
 */
export function expected(error: unknown): unknown {
  const refused = error instanceof Error && !(error instanceof LabnetError) && 'syscall' in error;
  if (!refused) return error;
  return new LabnetError('failed', error.message, {
    hint: 'LABNET_STATE, LABNET_RUN and LABNET_CACHE name other directories to work in',
    cause: error,
  });
}

/** The error for two words of the command line that say the same thing, each in its own way. */
export function saidTwice(one: string, other: string, what = 'which lab is meant'): LabnetError {
  return new LabnetError('usage', `both ${one} and ${other} say ${what}`, { hint: 'give one of them' });
}
