import type { Journal } from '../engine/journal.ts';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import type { FirewallSpec } from '../resource/firewall.ts';
import type { ResourceSpec } from '../resource/index.ts';
import { isSameWish } from '../resource/wish.ts';

/**
 * Refuses to make a lab over another one of the same name: there is no update, since a change in place could not be
 * undone from the journal. What is gone, as all but files after a reboot, is made again in its new form.
 *
 * @param present the specs that are on the host now
 * @throws LabnetError usage, naming what differs
 */
export function refuseChanged(present: readonly ResourceSpec[], journal: Journal): void {
  const changed = present.filter((spec) => {
    const entry = journal.find(spec.id);
    return entry !== undefined && !isSameWish(entry.spec, spec);
  });
  if (changed.length > 0 && changed.every((spec) => isRerouted(spec, journal))) {
    throw new LabnetError('failed', 'the way out of this host has changed since the lab was made', {
      hint: 'sudo labnet status says how; sudo labnet repair lets the guests follow it',
    });
  }
  refuse(changed);
}

/**
 * Refuses to make a lab over another one that has other passwords than the lab file gives: a spec tells only that a
 * password is given. A file that is gone is written again in its new form.
 *
 * @throws LabnetError usage
 */
export async function refuseOtherPasswords(
  specs: readonly ResourceSpec[],
  secrets: ReadonlyMap<string, string>,
  host: Pick<Host, 'read'>,
): Promise<void> {
  const changed: ResourceSpec[] = [];
  for (const spec of specs) {
    if (spec.kind !== 'password' || spec.given === undefined) continue;
    const known = await host.read(spec.path);
    if (known !== undefined && known !== secrets.get(spec.given)) changed.push(spec);
  }
  refuse(changed);
}

function refuse(changed: readonly ResourceSpec[]): void {
  if (changed.length === 0) return;
  throw new LabnetError(
    'usage',
    `the lab on this host is another one: ${changed.map(({ id }) => id).join(', ')} would change`,
    {
      hint: changed.some(({ kind }) => ['overlay', 'seed', 'password'].includes(kind))
        ? 'sudo labnet repair goes on with it as it was made; its disks were set up for that: sudo labnet destroy removes them with it, then provision again'
        : 'sudo labnet repair goes on with it as it was made; or sudo labnet destroy --keep-disks, which keeps what the VMs have written, then provision again',
    },
  );
}

/**
 * Whether a spec has the same rules and settings as in the journal, and differs only in the links and resolvers of the
 * host.
 */
function isRerouted(spec: ResourceSpec, journal: Journal): boolean {
  const known = journal.find(spec.id)?.spec;
  if (spec.kind === 'firewall' && known?.kind === 'firewall')
    return isSameWish(withoutRoute(known), withoutRoute(spec));
  if (spec.kind !== 'forwarding' || known?.kind !== 'forwarding') return false;
  const anywhere = { uplink: '', ways: undefined };
  return isSameWish({ ...known, ...anywhere }, { ...spec, ...anywhere });
}

function withoutRoute({ isolation, ...spec }: FirewallSpec): FirewallSpec {
  return {
    ...spec,
    uplink: spec.uplink === undefined ? undefined : '',
    ways: undefined,
    ownResolvers: undefined,
    redirected: undefined,
    isolation: isolation === undefined ? undefined : { networks: [], resolvers: [], gateway: '' },
  };
}
