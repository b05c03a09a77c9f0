import { type ErrorCode, exitStatus } from '../../src/errors.ts';

const meanings: Readonly<Record<ErrorCode, string>> = {
  failed: 'failed; the host is as before, or the journal was kept and labnet says so',
  usage: 'the lab file or the flags are wrong; nothing was touched',
  'verify-failed': 'the lab is up, but a probe failed',
  'host-cannot': 'this host cannot: memory, disk, overlapping networks, no root',
  foreign: 'something that labnet did not make is in the way',
  'missing-program': 'a needed program is missing, or Node is too old',
  locked: 'another labnet is at work on this lab',
  interrupted: 'interrupted; what was begun has been undone',
};

/** How labnet can end, in the order of the numbers; the README has the same words. */
export function exitStatuses(): readonly { readonly status: number; readonly meaning: string }[] {
  const codes = Object.keys(exitStatus) as ErrorCode[];
  const ends = codes.map((code) => ({ status: exitStatus[code], meaning: meanings[code] }));
  return [{ status: 0, meaning: 'done' }, ...ends].sort((one, other) => one.status - other.status);
}
