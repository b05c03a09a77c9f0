/** A host's network for labs without a sandbox: an uplink, a far side that answers, and traps that nobody may touch. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { execa } from 'execa';

export interface HostNetwork {
  /** Path of the host's network namespace. */
  readonly host: string;
  readonly internet: string;
}

/** The far side: the uplink's gateway, and a server for ping, DNS and HTTP. */
export const farSide = {
  gateway: '198.51.100.1',
  server: '203.0.113.80',
  name: 'www.internet.test',
} as const;

/** A lab for this network: its guests reach the far side by NAT, and the target by a name that DNS knows. */
export const labFile = `name: own
networks: [{name: br0, dns: [${farSide.server}]}]
verify: {internet: "${farSide.name}:80"}
vms: {one: {cpus: 1}}
`;

const internetLinks = `
link set dev lo up
address add ${farSide.gateway}/24 dev up0
address add ${farSide.server}/32 dev lo
link set dev up0 up`;

/** MACs are given, so that the same network made anew is the same byte for byte. */
const hostLinks = `
link set dev lo up
address add 198.51.100.2/24 dev up0
link set dev up0 mtu 1400 up
route add default via ${farSide.gateway}
link add name virbr0 address 02:00:00:00:00:10 type bridge
link set dev virbr0 up
address add 10.9.8.7/24 dev virbr0 valid_lft 86400 preferred_lft 43200
tuntap add dev foreign0 mode tap
link set dev foreign0 address 02:00:00:00:00:11 master virbr0
rule add from 10.9.8.0/24 lookup 100`;

const settled = 'until ip -6 route show table local dev up0 | grep -q multicast; do sleep 0.01; done';

export const hostSettings = [
  'net.ipv4.conf.all.accept_redirects=0',
  'net.ipv4.conf.foreign0.forwarding=1',
  'net.ipv4.conf.virbr0.rp_filter=2',
];

/** An administrator's own rules about the very subnet and bridge that the lab uses. */
const hostRules = `table inet admin {
  chain post { type nat hook postrouting priority 100; ip saddr 192.168.6.0/24 counter; }
}
`;
export const iptablesRule = [
  '-A',
  'INPUT',
  '-i',
  'br0',
  '-m',
  'comment',
  '--comment',
  'of an administrator',
  '-j',
  'ACCEPT',
];

/**
 * Makes both namespaces, as files in `directory`.
 *
 * @param enter the words that enter the cage they are to be in; none where the caller is in it
 */
export async function makeHostNetwork(directory: string, enter: readonly string[]): Promise<HostNetwork> {
  const run = (argv: readonly string[], input = '') => execaIn(enter, argv, input);
  mkdirSync(directory, { recursive: true });
  const [host, internet] = [`${directory}/host`, `${directory}/internet`];
  for (const path of [host, internet]) {
    writeFileSync(path, '');
    await run(['unshare', `--net=${path}`, '--', 'true']);
  }
  // Link-local addresses are there at once, not after a second of duplicate detection.
  await run(within(host, 'sysctl', '-qw', 'net.ipv6.conf.default.accept_dad=0'));
  const [near, far] = ['02:00:00:00:00:01', '02:00:00:00:00:02'];
  const cable = `link add name up0 address ${near} type veth peer name up0 address ${far} netns ${internet}`;
  await run(within(host, 'ip', '-batch', '-'), cable);
  await run(within(internet, 'ip', '-batch', '-'), internetLinks);
  await run(within(host, 'ip', '-batch', '-'), hostLinks);
  await run(within(host, 'ip', '-6', 'rule', 'add', 'from', 'fd00:9::/64', 'lookup', '100'));
  // The kernel adds the link-local address and its routes a moment after the link is up.
  await run(within(host, 'sh', '-c', settled));
  await run(within(host, 'sysctl', '-qw', ...hostSettings));
  await reloadRules(host, enter);
  await run(within(host, 'iptables-legacy', ...iptablesRule));
  return { host, internet };
}

/** Loads the administrator's rules, as at boot. */
export async function reloadRules(host: string, enter: readonly string[]): Promise<void> {
  await execaIn(enter, within(host, 'nft', '--file', '-'), hostRules);
  await execaIn(enter, within(host, 'iptables', ...iptablesRule), '');
}

function within(namespace: string, ...argv: string[]): readonly string[] {
  return ['nsenter', `--net=${namespace}`, '--', ...argv];
}

async function execaIn(enter: readonly string[], argv: readonly string[], input: string): Promise<void> {
  const [program = '', ...args] = [...enter, ...argv];
  await execa(program, args, { input });
}
