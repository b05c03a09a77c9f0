import { fstatSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { LabnetError, messageOf } from '../errors.ts';

const stdout = 1;

/** The error when the output of a command could not be written, or not all of it. What the command did is done. */
export class Unwritten extends LabnetError {
  constructor(cause: unknown) {
    super('failed', `not all of the output could be written: ${messageOf(cause)}`, {
      hint: 'what there is of it is cut off: make room for it, or write it elsewhere',
      cause,
    });
  }
}

/**
 * Writes to standard output. A pipe takes what is written when its reader does, and one that has seen enough
 * (labnet … | head) is no error. To a file or a device all is written before this returns: with Node's own stream, a
 * disk with room for a part of it takes that part, and nobody is told (SyncWriteStream).
 *
 * @throws Unwritten
 */
export function writeOut(text: string): void {
  if (!leadsToFile()) {
    process.stdout.write(text);
    return;
  }
  const bytes = Buffer.from(text);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(stdout, bytes, at);
  } catch (error) {
    throw new Unwritten(error);
  }
}

function leadsToFile(): boolean {
  const facts = fstatSync(stdout);
  return facts.isFile() || (facts.isCharacterDevice() && !isatty(stdout));
}
