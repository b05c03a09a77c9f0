import type { Packet } from './ruleset.ts';

/** What of a lab decides which packets it needs. */
export interface LabTraffic {
  readonly bridge: string;
  /** The guests of the lab, at least one. */
  readonly guests: readonly GuestEnd[];
  /** The link by which packets leave the lab; undefined when nothing leaves it. */
  readonly uplink: string | undefined;
  /** The address and the port outside that are tried. */
  readonly target: { readonly address: string; readonly port: number };
  /** The host's own address on the bridge, and its ports that guests may reach: "80/tcp". */
  readonly host?: { readonly address: string; readonly ports: readonly string[] };
  /** Whether net.bridge.bridge-nf-call-iptables is on: frames from guest to guest pass the rules for IP packets too. */
  readonly bridgeNetfilter: boolean;
}

interface GuestEnd {
  readonly tap: string;
  readonly address: string;
}

const layer3 = ['ip', 'inet'];
const clientPort = 49_152;

/** One packet of each kind that a host must let pass for its lab to work. */
export function labPackets(traffic: LabTraffic): readonly Packet[] {
  return [...betweenGuests(traffic), ...throughUplink(traffic), ...toHost(traffic)];
}

function betweenGuests({ bridge, guests, bridgeNetfilter }: LabTraffic): readonly Packet[] {
  const [one, two] = guests;
  if (one === undefined || two === undefined) return [];
  const packet = {
    name: `from guest to guest on ${bridge}`,
    hook: 'forward',
    bridge,
    bridged: true,
    saddr: one.address,
    daddr: two.address,
    protocol: 'tcp',
    sport: clientPort,
    dport: 22,
    state: 'new',
  } as const;
  return [
    { ...packet, families: ['bridge'], iif: one.tap, oif: two.tap },
    ...(bridgeNetfilter ? [{ ...packet, families: layer3, iif: bridge, oif: bridge }] : []),
  ];
}

function throughUplink({ bridge, guests, uplink, target }: LabTraffic): readonly Packet[] {
  const [guest] = guests;
  if (guest === undefined || uplink === undefined) return [];
  const packet = { hook: 'forward', families: layer3, bridged: false, protocol: 'tcp' } as const;
  return [
    {
      ...packet,
      name: `from ${bridge} to ${uplink}`,
      iif: bridge,
      oif: uplink,
      saddr: guest.address,
      daddr: target.address,
      sport: clientPort,
      dport: target.port,
      state: 'new',
    },
    {
      ...packet,
      name: `back from ${uplink} to ${bridge}`,
      iif: uplink,
      oif: bridge,
      saddr: target.address,
      daddr: guest.address,
      sport: target.port,
      dport: clientPort,
      state: 'established',
    },
  ];
}

function toHost({ bridge, guests, host }: LabTraffic): readonly Packet[] {
  const [guest] = guests;
  if (guest === undefined || host === undefined) return [];
  return host.ports.map((port) => {
    const [number, protocol] = port.split('/');
    return {
      name: `from ${bridge} to port ${port} of this host`,
      hook: 'input',
      families: layer3,
      bridged: false,
      iif: bridge,
      oif: undefined,
      saddr: guest.address,
      daddr: host.address,
      protocol: protocol === 'udp' ? 'udp' : 'tcp',
      sport: clientPort,
      dport: Number(number),
      state: 'new',
    };
  });
}
