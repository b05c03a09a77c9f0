import { LabnetError } from '../errors.ts';
import type { Context } from './context.ts';

/** A user, and the group that his files get. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

type Environment = Context['env'];

/** The user behind sudo; root where root has typed it. @throws LabnetError usage when SUDO_UID or SUDO_GID is no id. */
export function invokerOf(env: Environment): User {
  const uid = idOf('uid', env) ?? 0;
  return { uid, gid: idOf('gid', env) ?? uid };
}

function idOf(kind: 'uid' | 'gid', env: Environment): number | undefined {
  const variable = `SUDO_${kind.toUpperCase()}`;
  const text = env[variable];
  if (text === undefined) return undefined;
  // The highest number means "leave it as it is" to chown(2).
  if (/^(?:0|[1-9]\d{0,9})$/.test(text) && Number(text) < 0xffff_ffff) return Number(text);
  throw new LabnetError('usage', `${variable} is no ${kind}: ${JSON.stringify(text)}`, {
    hint: 'it is what sudo sets: unset it',
  });
}
