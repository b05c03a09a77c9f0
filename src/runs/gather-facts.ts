import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { isLinkName } from '../lab/naming.ts';
import { readDocker } from '../netfilter/docker.ts';
import type { Ruleset } from '../netfilter/ruleset.ts';
import {
  readHostId,
  readKvmGroup,
  readLocalNetworks,
  readOtherResolvers,
  readPrivateTun,
  readResolvConf,
  readSystemd,
  readUplink,
} from '../observe/facts.ts';
import { readLinkManagers } from '../observe/link-managers.ts';
import { countCpus } from '../observe/resources.ts';
import { readUsersWay } from '../observe/users-way.ts';
import { readWays } from '../observe/ways.ts';
import type { HostFacts } from '../plan/facts.ts';
import { hostFactsSchema } from '../plan/facts.ts';
import type { Plan } from '../plan/plan.ts';
import { type Followed, followWayOut } from '../plan/way-out.ts';
import type { Context } from './context.ts';
import { readInputFile } from './input-file.ts';
import { invokerOf } from './invoker.ts';

/** What planning needs beyond what the host shows; the command decides it. */
export interface Decided {
  readonly accelerator: 'kvm' | 'tcg';
  readonly image: HostFacts['image'];
}

/**
 * Reads the facts of this host, also while `deciding` goes on; changes nothing and needs no root.
 *
 * @param rules the host's own, where they are needed for more than this
 * @throws LabnetError host-cannot for a fact that no plan can be made with
 */
export async function gatherFacts(
  { host, env, program, uid }: Context,
  deciding: Decided | Promise<Decided>,
  rules?: Promise<Ruleset>,
): Promise<HostFacts> {
  const [decided, network, hostId, privateTun, kvmGroup, systemd, docker, managers, users] =
    await Promise.all([
      deciding,
      gatherNetwork(host),
      readHostId(host),
      readPrivateTun(host),
      readKvmGroup(host),
      readSystemd(host),
      readDocker(host, uid, rules),
      readLinkManagers(host),
      readUsersWay(host),
    ]);
  const facts: HostFacts = {
    ...network,
    hostId,
    cpus: countCpus(),
    accelerator: decided.accelerator,
    pace: host.pace,
    ground: host.ground,
    ...users,
    kvmGroup: kvmGroup ?? null,
    privateTun,
    systemd,
    networkManager: managers.has('networkManager'),
    docker: docker ?? null,
    invoker: invokerOf(env).uid,
    image: decided.image,
    program: [...program],
  };
  const [issue] = hostFactsSchema.safeParse(facts).error?.issues ?? [];
  if (issue === undefined) return facts;
  const value = JSON.stringify(
    issue.path.reduce<unknown>((held, key) => Reflect.get(Object(held), key), facts),
  );
  throw new LabnetError('host-cannot', `${issue.path.join('.')} of this host is ${value}: ${issue.message}`, {
    hint: 'networks: [{uplink: NAME, dns: [ADDRESS]}] names others',
  });
}

/** What the host's own network is now, as far as a lab hangs on it. */
type NetworkFacts = Pick<
  HostFacts,
  | 'uplink'
  | 'ways'
  | 'sources'
  | 'addresses'
  | 'links'
  | 'localNetworks'
  | 'resolvers'
  | 'otherResolvers'
  | 'resolversByTcp'
  | 'missingResolvConf'
>;

async function gatherNetwork(host: Host): Promise<NetworkFacts> {
  const { resolvers, byTcp, missing } = await readResolvConf(host);
  const [uplink, { links, addresses, names, sources }, localNetworks, otherResolvers] = await Promise.all([
    readUplink(host),
    readWays(host, resolvers),
    readLocalNetworks(host),
    readOtherResolvers(host),
  ]);
  return {
    uplink: uplink ?? null,
    // Only links whose names isLinkName allows can stand in a rule.
    ways: links.filter(isLinkName),
    sources: sources.filter(({ link }) => isLinkName(link)).map((one) => ({ ...one })),
    addresses: [...addresses],
    links: names.map(({ name, others }) => ({ name, others: [...others] })),
    localNetworks: [...localNetworks],
    resolvers: [...resolvers],
    otherResolvers: [...otherResolvers],
    ...(byTcp && { resolversByTcp: byTcp }),
    ...(missing !== undefined && { missingResolvConf: missing }),
  };
}

/** Changes a plan to where this host goes by now; the host is read only for a lab that depends on it. */
export async function followHost(plan: Plan, host: Host): Promise<Followed> {
  if (plan.network.follows === undefined) return { plan, differences: [] };
  return followWayOut(plan, await gatherNetwork(host));
}

/** Reads facts from a file, for planning for another host. @throws LabnetError usage. */
export async function factsFromFile(path: string, context: Context): Promise<HostFacts> {
  const text = await readInputFile(path, context);
  if (text === undefined) throw new LabnetError('usage', `no file ${path}`);
  try {
    return hostFactsSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new LabnetError('usage', `${path} holds no host facts`, {
      hint: 'labnet facts > facts.json writes those of this host',
      cause,
    });
  }
}
