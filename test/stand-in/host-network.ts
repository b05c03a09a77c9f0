/** A host's network for labs without a sandbox: an uplink, a far side that answers, and traps that nobody may touch. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { execa } from 'execa';
import { quoteCommand } from '../../src/host/shell-quote.ts';

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
ip link set dev lo up
ip address add ${farSide.server}/32 dev lo`;

export const hostSettings = [
  'net.ipv4.conf.all.accept_redirects=0',
  'net.ipv4.conf.foreign0.forwarding=1',
  'net.ipv4.conf.virbr0.rp_filter=2',
];

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

/** An administrator's own rules about the very subnet and bridge that the lab uses. */
const hostRules = `
nft --file - <<'end'
table inet admin {
  chain post { type nat hook postrouting priority 100; ip saddr 192.168.6.0/24 counter; }
}
end
${quoteCommand(['iptables', ...iptablesRule])}`;

/**
 * In the host's namespace; $1 is the far side's. Link-local addresses are there at once (accept_dad), not after a second of
 * duplicate detection, and MACs are given, so that the same network made anew is the same byte for byte.
 */
const hostBoots = `
# A cable's other end goes a moment after the namespace of the boot before.
nsenter --net="$1" ip link delete dev up0 2> /dev/null || true
sysctl -qw net.ipv6.conf.default.accept_dad=0
ip link add name up0 address 02:00:00:00:00:01 type veth peer name up0 address 02:00:00:00:00:02 netns "$1"
nsenter --net="$1" ip -batch - <<'end'
address add ${farSide.gateway}/24 dev up0
link set dev up0 up
end
ip -batch - <<'end'
link set dev lo up
address add 198.51.100.2/24 dev up0
link set dev up0 mtu 1400 up
route add default via ${farSide.gateway}
link add name virbr0 address 02:00:00:00:00:10 type bridge
link set dev virbr0 up
address add 10.9.8.7/24 dev virbr0 valid_lft 86400 preferred_lft 43200
tuntap add dev foreign0 mode tap
link set dev foreign0 address 02:00:00:00:00:11 master virbr0
rule add from 10.9.8.0/24 lookup 100
end
ip -6 rule add from fd00:9::/64 lookup 100
# The kernel adds the link-local address and its routes a moment after the link is up.
until ip -6 route show table local dev up0 | grep -q multicast; do sleep 0.1; done
${quoteCommand(['sysctl', '-qw', ...hostSettings])}
${hostRules}
${quoteCommand(['iptables-legacy', ...iptablesRule])}`;

/**
 * Makes the far side's namespace, as a file in `directory`.
 *
 * @param enter the words that enter the cage it is to be in; none where the caller is in it
 */
export function makeInternet(directory: string, enter: readonly string[]): Promise<string> {
  return makeNamespace(`${directory}/internet`, enter, internetLinks);
}

/** Makes the host's, as it is after each boot. The far side is another machine, which has stayed. */
export function makeHost(directory: string, internet: string, enter: readonly string[]): Promise<string> {
  return makeNamespace(`${directory}/host`, enter, hostBoots, internet);
}

/** Loads the administrator's rules, as at boot. */
export async function reloadRules(host: string): Promise<void> {
  await execa('nsenter', [`--net=${host}`, '--', 'sh', '-e', '-c', hostRules]);
}

async function makeNamespace(
  path: string,
  enter: readonly string[],
  script: string,
  ...words: string[]
): Promise<string> {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
  const make = ['unshare', `--net=${path}`, '--', 'sh', '-e', '-c', script, 'sh', ...words];
  const [program = '', ...args] = [...enter, ...make];
  await execa(program, args);
  return path;
}
