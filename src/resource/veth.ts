import type { Action } from '../action/action.ts';
import type { Host } from '../host/host.ts';
import { holdsNamespace } from '../host/namespace.ts';
import { readLink, readLinks } from '../observe/links.ts';
import { ipBatch } from './ip-batch.ts';
import { linkPresence, markOf } from './mark.ts';
import type { ResourceType, SpecBase } from './resource-type.ts';

/** A cable between two namespaces: the sandbox's uplink and the stand-in internet's end of it. */
export interface VethSpec extends SpecBase {
  readonly kind: 'veth';
  readonly lab: string;
  readonly near: VethEnd;
  readonly far: VethEnd;
  /** Where the near end's default route leads. */
  readonly gateway: string;
}

interface VethEnd {
  readonly name: string;
  readonly namespace: string;
  readonly address: string;
  /** Further addresses, on the loopback interface. */
  readonly loopback?: readonly string[];
}

export const veth: ResourceType<VethSpec> = {
  kind: 'veth',
  why: () => 'the cable from the sandbox to the stand-in internet: what an uplink is on a real host',
  create: ({ lab, near, far, gateway }) => {
    const inNear = (...words: string[]): Action => ({
      do: 'run',
      namespace: near.namespace,
      argv: ['ip', 'link', ...words],
    });
    const cable = ['type', 'veth', 'peer', 'name', far.name, 'netns', far.namespace];
    return [
      inNear('add', 'dev', near.name, ...cable),
      inNear('set', 'dev', near.name, 'alias', markOf(lab)),
      ipBatch(far.namespace, [
        `address add ${far.address} dev ${far.name}`,
        // Not `add`: unlike the cable's own, these stay when the cable is unmade and made again.
        ...(far.loopback ?? []).map((address) => `address replace ${address} dev lo`),
        `link set dev ${far.name} up`,
      ]),
      ipBatch(near.namespace, [
        `address add ${near.address} dev ${near.name}`,
        `link set dev ${near.name} up`,
        `route add default via ${gateway}`,
      ]),
    ];
  },
  remove: ({ near }) => [
    { do: 'run', namespace: near.namespace, argv: ['ip', 'link', 'delete', 'dev', near.name] },
  ],
  repair: (spec) => veth.remove(spec),
  async inspect({ lab, near, far }, { host, openIntent }) {
    if (!(await holdsNamespace(near.namespace, host))) return { state: 'absent' };
    const link = await readLink(host, near.name, near.namespace);
    const other = link === undefined ? [] : await farDifferences(far, host);
    return linkPresence(link, { lab, kind: 'veth', openIntent }, ({ addresses }) => [
      !addresses.includes(near.address) && `${near.name} lacks the address ${near.address}`,
      ...other,
    ]);
  },
};

async function farDifferences(far: VethEnd, host: Host): Promise<readonly string[]> {
  if (!(await holdsNamespace(far.namespace, host))) return ['the namespace of the far end is gone'];
  const links = await readLinks(host, far.namespace);
  const [link, loopback] = [far.name, 'lo'].map((name) => links.find((one) => one.name === name));
  const lacks = (far.loopback ?? []).filter((address) => !loopback?.addresses.includes(address));
  return [
    ...(link?.up === true ? [] : [`the far ${far.name} is down`]),
    ...(link?.addresses.includes(far.address) === true
      ? []
      : [`the far ${far.name} lacks the address ${far.address}`]),
    ...lacks.map((address) => `the far lo lacks the address ${address}`),
  ];
}
