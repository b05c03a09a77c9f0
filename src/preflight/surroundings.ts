/** Programs on the host that may change a lab's links or drop its packets, without being a firewall. */
import type { Host } from '../host/host.ts';
import { readLinkManagers } from '../observe/link-managers.ts';
import { type FutureLink, readNetworkdClaims } from '../observe/networkd.ts';
import { type OwnRule, readOwnRules } from '../observe/own-rules.ts';
import { readStrictReversePath } from '../observe/reverse-path.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import { type Finding, refuse, warningsIn } from './finding.ts';

/** The links of a lab as other programs see them. */
export interface LabLinks {
  readonly bridge: string;
  readonly taps: readonly string[];
  readonly uplink: string | undefined;
}

/** The links of a lab by its plan. */
export function linksOf(plan: Plan): LabLinks {
  const { bridge, uplink } = plan.network;
  return {
    bridge,
    taps: specsOf(plan).flatMap((spec) => (spec.kind === 'tap' ? [spec.name] : [])),
    uplink: uplink?.name,
  };
}

/** Finds what on the host may change a lab's links or drop its packets, without being a firewall. */
export async function readSurroundings(links: LabLinks, host: Host): Promise<readonly Finding[]> {
  const managers = await readLinkManagers(host);
  return [
    ...(managers.has('networkd') ? await networkd(links, host) : []),
    ...(managers.has('connman') ? [connman(links)] : []),
    ...(managers.has('dhcpcd') ? await dhcpcd(links, host) : []),
    ...(links.uplink !== undefined && (await readStrictReversePath(host, links.uplink))
      ? [strictReversePath(links.uplink)]
      : []),
    ...(links.uplink === undefined ? [] : ownRules(await readOwnRules(host))),
  ];
}

/**
 * Refuses a host on which a program would take the lab's links over.
 *
 * @returns warnings
 * @throws LabnetError host-cannot when a program would take the lab's links over
 */
export async function refuseSurroundings(plan: Plan, host: Host): Promise<readonly string[]> {
  if (plan.namespace !== undefined) return [];
  const found = await readSurroundings(linksOf(plan), host);
  refuse(found);
  return warningsIn(found);
}

async function networkd({ bridge, taps }: LabLinks, host: Host): Promise<readonly Finding[]> {
  const links: readonly FutureLink[] = [
    { name: bridge, kind: 'bridge' },
    ...taps.map((name) => ({ name, kind: 'tun' }) as const),
  ];
  const claims = await readNetworkdClaims(host, links);
  if (claims.length === 0) return [];
  const files = [...new Set(claims.map(({ path }) => path))].join(' and ');
  const claimed = claims.map(({ link }) => link).join(', ');
  const names = links.map(({ name }) => name).join(' ');
  return [
    {
      id: 'networkd',
      level: 'problem',
      message: `systemd-networkd would take ${claimed} over and remove the lab's address: ${files} matches`,
      remedy: [
        `printf '[Match]\\nName=${names}\\n[Link]\\nUnmanaged=yes\\n' | sudo tee /etc/systemd/network/05-labnet.network`,
        'sudo networkctl reload',
      ],
    },
  ];
}

function connman({ bridge, taps }: LabLinks): Finding {
  return {
    id: 'connman',
    level: 'warning',
    message: `ConnMan is running, and may configure ${[bridge, ...taps].join(', ')} itself`,
    remedy: [
      `in /etc/connman/main.conf: NetworkInterfaceBlacklist=${[bridge, ...taps].join(',')},vmnet,vboxnet,virbr,ifb,ve-,vb-`,
    ],
  };
}

/**
 * A warning when dhcpcd may configure the lab's links: older releases ask for an address on every link, taps and
 * bridges included, unless told which to leave (dhcpcd.conf(5)).
 */
async function dhcpcd({ bridge, taps }: LabLinks, host: Host): Promise<readonly Finding[]> {
  const text = (await host.read('/etc/dhcpcd.conf')) ?? '';
  const denied = [...text.matchAll(/^\s*denyinterfaces\s+(.+)$/gm)].flatMap(([, names = '']) =>
    names.split(/\s+/),
  );
  const isDenied = (name: string) =>
    denied.some(
      (pattern) => pattern === name || (pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1))),
    );
  if (/^\s*allowinterfaces\s/m.test(text)) return [];
  const open = [bridge, ...taps].filter((name) => !isDenied(name));
  if (open.length === 0) return [];
  return [
    {
      id: 'dhcpcd',
      level: 'warning',
      message: `dhcpcd is running, and may ask for an address on ${open.join(', ')}`,
      remedy: [`in /etc/dhcpcd.conf: denyinterfaces ${open.join(' ')}`],
    },
  ];
}

/** A warning of routing rules for the host's own packets: what the host reaches by them, its guests may not reach. */
function ownRules(rules: readonly OwnRule[]): readonly Finding[] {
  if (rules.length === 0) return [];
  const named = rules.map(({ priority, by, table }) => `${priority} (${by}, table ${table})`).join(', ');
  const which = rules.length === 1 ? `the routing rule ${named} is` : `the routing rules ${named} are`;
  return [
    {
      id: 'own-rules',
      level: 'warning',
      message: `${which} for this PC's own packets alone: guests go by the others, and may not reach what the PC reaches by that`,
      remedy: ['ip rule show lists all rules; ip route show table TABLE shows where one leads'],
    },
  ];
}

function strictReversePath(uplink: string): Finding {
  return {
    id: 'rp-filter',
    level: 'warning',
    message: `reverse path filtering is strict on ${uplink}, and there are routing rules of its own: answers may be dropped`,
    remedy: [`if guests get no answers: sudo sysctl -w net.ipv4.conf.${uplink}.rp_filter=2`],
  };
}
