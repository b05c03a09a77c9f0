import type { Packet } from './ruleset.ts';

/** What of a lab decides which packets it needs. */
export interface LabTraffic {
  readonly bridge: string;
  /** Two addresses of guests, or of guests that may come. */
  readonly guests: readonly [string, string];
  readonly taps: readonly [string, string];
  /** Undefined: nothing leaves the lab. */
  readonly uplink: string | undefined;
  /** What is tried outside. */
  readonly target: { readonly address: string; readonly port: number };
  /** net.bridge.bridge-nf-call-iptables: frames from guest to guest pass the rules for IP packets too. */
  readonly bridgeNetfilter: boolean;
}

const layer3 = ['ip', 'inet'];
const clientPort = 49_152;

/** One packet of each kind that a host must let pass for its lab to work. */
export function labPackets(traffic: LabTraffic): readonly Packet[] {
  const { bridge, guests, taps, uplink, target, bridgeNetfilter } = traffic;
  const toGuest = {
    name: `from guest to guest on ${bridge}`,
    bridge,
    bridged: true,
    saddr: guests[0],
    daddr: guests[1],
    protocol: 'tcp',
    sport: clientPort,
    dport: 22,
    state: 'new',
  } as const;
  const out = { bridged: false, protocol: 'tcp' } as const;
  return [
    { ...toGuest, families: ['bridge'], iif: taps[0], oif: taps[1] },
    ...(bridgeNetfilter ? [{ ...toGuest, families: layer3, iif: bridge, oif: bridge }] : []),
    ...(uplink === undefined
      ? []
      : ([
          {
            ...out,
            name: `from ${bridge} to ${uplink}`,
            families: layer3,
            iif: bridge,
            oif: uplink,
            saddr: guests[0],
            daddr: target.address,
            sport: clientPort,
            dport: target.port,
            state: 'new',
          },
          {
            ...out,
            name: `back from ${uplink} to ${bridge}`,
            families: layer3,
            iif: uplink,
            oif: bridge,
            saddr: target.address,
            daddr: guests[0],
            sport: target.port,
            dport: clientPort,
            state: 'established',
          },
        ] as const)),
  ];
}
