import { LabnetError } from '../errors.ts';
import { overlaps } from '../lab/addressing.ts';
import { vmUuid } from '../lab/naming.ts';
import { labPaths } from '../paths.ts';
import { slirpNetwork } from '../resource/uplink.ts';
import type { PlanContext } from './context.ts';
import type { HostFacts } from './facts.ts';
import type { Stage } from './plan.ts';

/** The line that lets users ping, as Debian 13 sets it by itself (linux-sysctl-defaults). */
const mayPing = "sudo sysctl --write net.ipv4.ping_group_range='0 2147483647'";

/** The warning for a PC whose users may not ping. */
export const noPing = `this PC lets ordinary users send no ping: whether the router outside answers is not tried; ${mayPing} allows it`;

/** The way out of the PC as a lab on a user's own host has it. */
export interface UsersUplink {
  readonly name: string;
  /** Empty where it cannot be pinged. */
  readonly gateway: string;
  readonly mtu: number;
}

/**
 * The way out that a program of the user's makes of the PC's.
 *
 * @param outside the PC's own, undefined without one
 * @throws LabnetError host-cannot where no such program is installed, or where its addresses are the lab's
 */
export function usersUplink(
  outside: UsersUplink | undefined,
  subnet: string,
  { uplinkProgram, mayPing: pings }: HostFacts,
): UsersUplink | undefined {
  if (outside === undefined) return undefined;
  if (uplinkProgram === null) {
    throw new LabnetError(
      'host-cannot',
      'without root a lab goes out by pasta, which is not installed on this PC',
      {
        hint: 'sudo apt-get install passt   (where there is no such package: slirp4netns)\nor stay inside: --sandbox has an internet of its own, networks: [{nat: false}] none',
      },
    );
  }
  const isSlirp = uplinkProgram === 'slirp4netns';
  if (isSlirp && overlaps(subnet, slirpNetwork.network)) {
    throw new LabnetError(
      'host-cannot',
      `${subnet} overlaps ${slirpNetwork.network}, by which slirp4netns goes out`,
      {
        hint: 'networks: [{address: 192.168.6.10/24}] in lab.yaml is another subnet; or sudo apt-get install passt',
      },
    );
  }
  const gateway = isSlirp ? slirpNetwork.gateway : outside.gateway;
  return { ...outside, gateway: pings ? gateway : '' };
}

/** What stands in for the PC's network on a user's own host: a namespace, and its way out. */
export function ownGroundStages({ lab, facts, roots, network, mtu }: PlanContext): readonly Stage[] {
  const { run, hostNamespace: namespace } = labPaths(roots, lab.name);
  const stages: Stage[] = [
    {
      title: 'Namespace',
      specs: [
        {
          kind: 'namespace',
          id: 'namespace:host',
          path: namespace,
          purpose: "stands in for the PC's network: bridge, taps and NAT live in it",
        },
      ],
    },
  ];
  if (network.uplink === undefined || facts.uplinkProgram === null) return stages;
  const { uplink: wanted } = lab.network;
  stages.push({
    title: 'Uplink',
    specs: [
      {
        kind: 'uplink',
        id: 'uplink:way-out',
        program: facts.uplinkProgram,
        namespace,
        name: network.uplink.name,
        ...(wanted === 'auto' ? {} : { by: wanted }),
        mtu,
        uuid: vmUuid(facts.hostId, lab.name, 'uplink:way-out'),
        uid: 0,
        ready: `${run}/uplink.sock`,
        log: `${run}/uplink.log`,
      },
    ],
  });
  return stages;
}
