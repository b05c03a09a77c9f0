/** Whether the uids that a lab's VMs would run under are free. */

import type { Journal } from '../engine/journal.ts';
import type { Host } from '../host/host.ts';
import { vmUid } from '../lab/naming.ts';
import { listLabs } from '../labs/lab-store.ts';
import type { Roots } from '../paths.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import type { Finding } from './finding.ts';

/**
 * Finds programs that run under a uid that a VM of the lab would get: such a program could read the VM's files. On a user's
 * own host all have the one uid, and each VM a view of its own.
 */
export async function uidFindings(plan: Plan, journal: Journal, host: Host): Promise<readonly Finding[]> {
  if (host.ground === 'own') return [];
  const known = new Set(
    specsOf(plan).flatMap((spec) =>
      spec.kind === 'machine' && journal.find(spec.id) !== undefined ? [spec.uid] : [],
    ),
  );
  const uids = new Set(plan.guests.map(({ uid }) => uid).filter((uid) => !known.has(uid)));
  return (await host.processes())
    .filter(({ uid }) => uids.has(uid))
    .map(({ pid, uid }) => ({
      id: 'uid',
      level: 'problem',
      message: `process ${pid} runs under uid ${uid}, which a VM of this lab would get`,
      remedy: ['end that process, or give the lab another name'],
    }));
}

/**
 * Finds other labs whose VMs have the uids that this lab's would get: a lab's number among the uids follows from its
 * name alone, and of two names the second has the number of the first once in 100,000 times.
 */
export async function sharedUidFindings(
  { lab }: Plan,
  host: Host,
  roots: Roots,
): Promise<readonly Finding[]> {
  if (host.ground === 'own') return [];
  return (await listLabs(host, roots))
    .filter((other) => other !== lab && vmUid(other, 0) === vmUid(lab, 0))
    .map((other) => ({
      id: 'uid',
      level: 'problem',
      message: `the VMs of the lab ${other} have the uids that those of ${lab} would get, and so could read their files`,
      remedy: ['give one of the two labs another name'],
    }));
}
