import { randomBytes } from 'node:crypto';
import type { Host } from '../host/host.ts';

/**
 * Makes the tag by which unfinished work carries its owner in its file name: pid, the process's start time and the
 * boot, which together never come twice. So a later run can tell what a killed one left behind from what a living one
 * is doing.
 */
export async function newOwnerTag(host: Host): Promise<string> {
  const startTime = (await host.process(process.pid))?.startTime ?? '0';
  return `${process.pid}-${startTime}-${await shortBootId(host)}-${randomBytes(3).toString('hex')}`;
}

/** Whether the process that made the tag still runs; undefined when the text is no tag. */
export async function isOwnerAlive(tag: string, host: Host): Promise<boolean | undefined> {
  const [, pid, startTime, boot] = /^(\d+)-(\d+)-([0-9a-f]{8})-[0-9a-f]{6}$/.exec(tag) ?? [];
  if (pid === undefined) return undefined;
  if (boot !== (await shortBootId(host))) return false;
  return (await host.process(Number(pid)))?.startTime === startTime;
}

async function shortBootId(host: Host): Promise<string> {
  return (await host.bootId()).slice(0, 8);
}
