/** What must be true before the first change. Each finding names the remedy; all are told at once. */

import { foreign } from '../engine/apply.ts';
import { inspectAll, inspectOne } from '../engine/inspect.ts';
import type { Journal } from '../engine/journal.ts';
import type { Host } from '../host/host.ts';
import { formatDisk } from '../lab/quantity.ts';
import { listLabs, loadPlan } from '../labs/lab-store.ts';
import { readHostNetwork } from '../observe/network.ts';
import { readAvailableMemory, readFreeSpace } from '../observe/resources.ts';
import type { Roots } from '../paths.ts';
import { machineOf } from '../plan/accelerator.ts';
import { goesOutside, type Plan, specsOf } from '../plan/plan.ts';
import { refuseChanged } from './changed.ts';
import { type Finding, refuse } from './finding.ts';
import { ownGroundFindings } from './own-ground.ts';
import { overlapFindings, wideRouteWarnings } from './subnets.ts';
import { sharedUidFindings, uidFindings } from './uids.ts';

/** The programs that a lab with a ready base image needs. */
export const neededPrograms = [
  'qemu-system-x86_64',
  'qemu-img',
  'xorriso',
  'nft',
  'ip',
  'ping',
  'ssh',
  'ssh-keygen',
  'sysctl',
  'setpriv',
  'nsenter',
  'flock',
] as const;

/** What is counted for each VM at least: the bytes of its disk, and the MiB of QEMU's own memory beside the guest's. */
const least = { overlayBytes: 1024 ** 3, overheadMiB: 200 };

/**
 * Looks at every resource of the plan, and refuses what is not labnet's or would change.
 *
 * @throws LabnetError foreign or usage, before anything is changed
 */
export async function refuseConflicts(plan: Plan, journal: Journal, host: Host): Promise<void> {
  const inspected = await inspectAll(specsOf(plan), journal, host);
  for (const { spec, presence } of inspected) {
    if (presence.state === 'foreign') throw foreign(spec, presence.evidence);
  }
  refuseChanged(
    inspected.filter(({ presence }) => presence.state !== 'absent').map(({ spec }) => spec),
    journal,
  );
}

/**
 * Refuses a host whose networks, memory, disk or uids have no room for the lab.
 *
 * @returns warnings
 * @throws LabnetError host-cannot with everything that this host lacks for the lab
 */
export async function requireRoom(
  plan: Plan,
  journal: Journal,
  host: Host,
  roots: Roots,
): Promise<readonly string[]> {
  const network = goesOutside(plan) ? await readHostNetwork(host) : undefined;
  refuse([
    ...(await ownGroundFindings(host)),
    ...(network === undefined ? [] : overlapFindings(plan, network, await bridgesOfLabs(host, roots))),
    ...(await memoryFindings(plan, journal, host)),
    ...(await diskFindings(plan, journal, roots)),
    ...(await uidFindings(plan, journal, host)),
    ...(await sharedUidFindings(plan, host, roots)),
  ]);
  return network === undefined ? [] : wideRouteWarnings(plan, network);
}

/**
 * Refuses a host whose networks have no room for the lab's subnet, when the lab's bridge is to be made again: the host
 * may be in another network by now.
 *
 * @throws LabnetError host-cannot
 */
export async function requireOwnSubnet(
  plan: Plan,
  journal: Journal,
  host: Host,
  roots: Roots,
): Promise<void> {
  const bridge = specsOf(plan).find((spec) => spec.kind === 'bridge' && spec.namespace === undefined);
  if (bridge === undefined || (await inspectOne(bridge, journal, host)).state !== 'absent') return;
  refuse(overlapFindings(plan, await readHostNetwork(host), await bridgesOfLabs(host, roots)));
}

/** Which lab a bridge of the host belongs to. */
export async function bridgesOfLabs(host: Host, roots: Roots): Promise<ReadonlyMap<string, string>> {
  const labs = await listLabs(host, roots);
  const plans = await Promise.all(labs.map((lab) => loadPlan(lab, host, roots).catch(() => undefined)));
  return new Map(
    plans.flatMap((plan) =>
      plan === undefined || plan.namespace !== undefined ? [] : [[plan.network.bridge, plan.lab]],
    ),
  );
}

/** A problem when there is too little memory for the VMs that are to start; those that already run have theirs. */
async function memoryFindings(plan: Plan, journal: Journal, host: Host): Promise<readonly Finding[]> {
  const toStart = plan.guests.filter(
    ({ name }) => journal.find(machineOf(name, plan).id)?.record === undefined,
  );
  const needed = toStart.reduce((sum, { memory }) => sum + memory + least.overheadMiB, 0);
  const available = await readAvailableMemory(host);
  if (needed <= available) return [];
  return [
    {
      id: 'memory',
      level: 'problem',
      message: `${toStart.length} VMs need ${needed} MiB of memory, ${available} MiB are free`,
      remedy: ['fewer VMs, or less for each: defaults: {memory: 256M}'],
    },
  ];
}

async function diskFindings(plan: Plan, journal: Journal, roots: Roots): Promise<readonly Finding[]> {
  const toMake = specsOf(plan).filter(({ kind, id }) => kind === 'overlay' && journal.find(id) === undefined);
  const needed = toMake.length * least.overlayBytes;
  const free = await readFreeSpace(roots.state);
  if (needed <= free) return [];
  return [
    {
      id: 'disk',
      level: 'problem',
      message: `${toMake.length} disks need at least ${formatDisk(needed)} in ${roots.state}, ${formatDisk(free)} are free`,
      remedy: ['make room there, or move it: LABNET_STATE=/another/directory'],
    },
  ];
}
