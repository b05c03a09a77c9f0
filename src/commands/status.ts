import { asInJournal } from '../engine/follow.ts';
import { inspectAll } from '../engine/inspect.ts';
import { type Journal, openJournal } from '../engine/journal.ts';
import { chooseLab, loadPlan } from '../labs/lab-store.ts';
import { readHostNetwork } from '../observe/network.ts';
import { labPaths } from '../paths.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { anew, wayOut } from '../plan/way-out.ts';
import { firewallFindings } from '../preflight/firewalls.ts';
import { bridgesOfLabs } from '../preflight/preflight.ts';
import { overlapFindings } from '../preflight/subnets.ts';
import type { Output } from '../report/output.ts';
import { table } from '../report/table.ts';
import { type BaseImage, lookAtBases } from '../runs/base-images.ts';
import type { Context, Result } from '../runs/context.ts';
import { followHost } from '../runs/gather-facts.ts';

/** One resource as `status` reports it. */
type ResourceStatus = Output<'status'>['resources'][number];

/** Tells what the host shows of a lab now; exit status 1 when anything is not as it was made. */
export async function status(
  named: string | undefined,
  context: Pick<Context, 'host' | 'roots' | 'uid'>,
): Promise<Result<'status'>> {
  const { host, roots } = context;
  const lab = await chooseLab(named, host, roots);
  const journal = await openJournal(labPaths(roots, lab).journal, lab, host);
  const entries = journal.entries();
  const boot = await host.bootId();
  const inspected = await inspectAll(
    entries.map(({ spec }) => spec),
    journal,
    host,
  );
  const made = inspected.map(({ spec, presence }): ResourceStatus => {
    const differences =
      presence.state === 'drifted'
        ? presence.differences
        : presence.state === 'foreign'
          ? [presence.evidence]
          : [];
    return { id: spec.id, presence: presence.state, differences };
  });
  const bases = await lookAtBases(
    entries.map(({ spec }) => spec),
    context,
  );
  const plan = await loadPlan(lab, host, roots).catch(() => undefined);
  const resources = [
    ...bases.map(baseStatus),
    ...made,
    ...(await routeStatus(plan, journal, context)),
    ...(await inTheWay(plan, context)),
    ...(await sameAddresses(plan, context)),
  ];
  const ok = resources.length > 0 && resources.every(({ presence }) => presence === 'ours');
  const machines = entries.filter(({ spec }) => spec.kind === 'machine');
  // Disks and keys outlast a reboot: that they are older says nothing once the VMs run again.
  const telling = machines.length > 0 ? machines : entries;
  const rebooted = !ok && telling.some((entry) => entry.boot !== boot);
  const rows = resources.map(({ id, presence, differences }) => [id, presence, differences.join('; ')]);
  const advice = ok
    ? machines.length > 0
      ? `${lab}: everything is as labnet made it`
      : `${lab}: no VM runs; sudo labnet provision goes on from here, sudo labnet destroy ${lab} removes it all`
    : rebooted
      ? `${lab}: stopped, the host was rebooted; sudo labnet provision boots the same disks again`
      : `${lab}: not as labnet made it; sudo labnet repair ${lab} sets right what can be, sudo labnet destroy ${lab} removes it all`;
  return {
    json: { ok, lab, rebooted, resources },
    text: `${table([['RESOURCE', 'PRESENCE', 'DIFFERENCES'], ...rows])}\n\n${advice}`,
    status: ok ? 0 : 1,
  };
}

function baseStatus({ id, difference }: BaseImage): ResourceStatus {
  return difference === undefined
    ? { id, presence: 'ours', differences: [] }
    : { id, presence: 'drifted', differences: [difference] };
}

/** The status of the host's own way out where it has changed since the lab was made: guests may be cut off by that. */
async function routeStatus(
  plan: Plan | undefined,
  journal: Journal,
  { host }: Pick<Context, 'host'>,
): Promise<readonly ResourceStatus[]> {
  const rules = plan && specsOf(plan).find(({ kind }) => kind === 'firewall');
  if (plan === undefined || rules === undefined || journal.find(rules.id)?.record === undefined) return [];
  const { differences, lacking } = await followHost(asInJournal(plan, journal), host);
  const found = lacking === undefined ? differences : [`${lacking}; to give it one: ${anew(plan.lab)}`];
  return found.length === 0 ? [] : [{ id: wayOut, presence: 'drifted', differences: found }];
}

/**
 * The status of the lab's subnet where this host has joined a network of the same addresses since: while the lab is up,
 * those addresses are the lab's.
 */
async function sameAddresses(
  plan: Plan | undefined,
  { host, roots }: Pick<Context, 'host' | 'roots'>,
): Promise<readonly ResourceStatus[]> {
  if (plan === undefined || plan.namespace !== undefined) return [];
  const found = overlapFindings(plan, await readHostNetwork(host), await bridgesOfLabs(host, roots));
  if (found.length === 0) return [];
  const differences = [
    ...new Set(found.flatMap(({ message, remedy }) => [message, ...remedy])),
    `which takes: ${anew(plan.lab)}`,
  ];
  return [{ id: `subnet:${plan.network.subnet}`, presence: 'foreign', differences }];
}

/** The status of other programs' firewalls that stop the lab's packets: they may have come after the lab. */
async function inTheWay(
  plan: Plan | undefined,
  { host }: Pick<Context, 'host'>,
): Promise<readonly ResourceStatus[]> {
  if (plan === undefined) return [];
  const found = await firewallFindings(plan, host, { asPlanned: false });
  return found.map(({ owner, message, remedy }) => ({
    id: `neighbour:${owner}`,
    presence: 'foreign',
    differences: [message, `to let them pass: ${remedy.join(' && ')}`],
  }));
}
