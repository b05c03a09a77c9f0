/** Labs on a host with other firewalls: each works, or is refused before the first change with what to type. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type FirewallPlace, firewallPlace, table } from './firewall-place.ts';

let place: FirewallPlace;

beforeAll(async () => {
  place = await firewallPlace();
});

afterAll(() => place.close());

afterEach(() => place.reset());

describe('Docker', () => {
  test('there before: two rules of ours in its chain, and no trace afterwards', async () => {
    await place.load('docker.iptables');
    const before = await place.snapshot();
    const { status, value } = await place.json('provision', 'lab.yaml');
    expect(value.error).toBeUndefined();
    expect(status).toBe(0);
    const rules = (await place.inHost('iptables-nft', '-S', 'DOCKER-USER')).split('\n');
    expect(rules.filter((rule) => rule.includes('labnet:own'))).toEqual([
      '-A DOCKER-USER -o br0 -m comment --comment "labnet:own" -j ACCEPT',
      '-A DOCKER-USER -i br0 -m comment --comment "labnet:own" -j ACCEPT',
    ]);
    await place.inHost('iptables-nft', '-D', ...(rules[1] ?? '').replaceAll('"', '').split(' ').slice(1));
    const drifted = await place.labnet('status');
    expect([drifted.status, drifted.stdout]).toEqual([
      1,
      expect.stringContaining('DOCKER-USER lacks: -o br0'),
    ]);
    expect((await place.labnet('destroy', '--yes')).status).toBe(0);
    expect(await place.snapshot()).toEqual(before);
  });

  test('with its rules made by iptables-legacy', async () => {
    await place.load('docker.iptables', 'iptables-legacy-restore');
    await place.works();
    for (const chain of ['DOCKER-FORWARD', 'DOCKER', 'DOCKER-USER', 'FORWARD'])
      await place.inHost('iptables-legacy', '-F', chain);
    for (const chain of ['DOCKER-FORWARD', 'DOCKER', 'DOCKER-USER'])
      await place.inHost('iptables-legacy', '-X', chain);
  });
});

/** That what is told to type is right is shown in test/netns/neighbours.test.ts, with the rules that these tools make of it. */
test.each([
  [
    'ufw',
    'ufw.iptables',
    /FORWARD: policy drop \(ufw\) stops what goes from br0 to up0/,
    'ufw route allow in on br0',
  ],
  [
    'firewalld',
    'firewalld-strict.nft',
    /\(firewalld\) stops what goes from br0 to up0/,
    'firewall-cmd --zone=trusted --add-interface=br0',
  ],
])('%s is refused with the line to type', async (_, ruleset, saying, line) => {
  await place.load(ruleset);
  const { lines, changes } = await place.refused(saying);
  expect([lines[0], changes]).toEqual([line, []]);
  expect((await place.labnet('doctor')).stdout).toContain(line);
});

test('strict reverse path filtering: verify names it, and a canary is refused with the line to type', async () => {
  const ip = (line: string) => place.inHost('ip', ...line.split(' '));
  const reversePath = (value: number) =>
    place.inHost('sysctl', '-qw', `net.ipv4.conf.up0.rp_filter=${value}`);
  // Marked packets have an uplink of their own; the way back to those who answer is another.
  await place.nft(`table ip marks {
    chain pre {
      type filter hook prerouting priority -150;
      iifname "br0" meta mark set 5
    }
  }`);
  await ip('route add default via 198.51.100.1 table 77');
  await ip('rule add fwmark 5 lookup 77');
  await ip('route add 203.0.113.80 dev virbr0');
  try {
    await reversePath(2);
    expect((await place.json('provision', 'lab.yaml')).status).toBe(0);
    await reversePath(1);
    const { status, value } = await place.json('verify');
    const failed = value.verify.probes.filter((probe) => probe.status === 'failed');
    expect([status, failed.map(({ id }) => id)]).toEqual([3, ['internet-name', 'internet-tcp']]);
    expect(failed[0]?.reason).toContain(
      'strict reverse path filtering has dropped packets (rp_filter of up0)',
    );
    await place.labnet('destroy', '--yes');
    const { lines } = await place.refused(/rp_filter\) drops the answers that come in by up0/);
    expect(lines).toEqual(['sysctl -w net.ipv4.conf.up0.rp_filter=2   # loose; ip-sysctl, "rp_filter"']);
  } finally {
    await reversePath(0);
    await ip('route delete 203.0.113.80 dev virbr0');
    await ip('rule delete fwmark 5 lookup 77');
    await ip('route flush table 77');
  }
});

describe('other rules', () => {
  test.each([
    ['a policy of nftables', () => place.nft(table('inet', 'forward priority 0', 'drop', ''))],
    ['a policy of iptables-legacy', () => place.inHost('iptables-legacy', '-P', 'FORWARD', 'DROP')],
  ])('%s: refused, and what is told to type makes it work', async (_, load) => {
    await load();
    const { lines, changes } = await place.refused(/stops what goes from br0 to up0/);
    expect(changes).toEqual([]);
    await place.type(lines);
    await place.works();
  });

  test.each([
    ['before routing', 'prerouting priority -300', 'iifname "br0" tcp dport 80 drop'],
    ['on the way back', 'forward priority 0', 'oifname "br0" ip saddr @bad drop'],
  ])('a drop %s: the canary finds the rule before a VM boots', async (_, hook, rule) => {
    await place.nft(table('ip', hook, 'accept', rule));
    const { lines, changes } = await place.refused(/stopped on this host by ip theirs check: .*drop/);
    expect(changes).toContainEqual(expect.stringMatching(/^ip link add .*br0/));
    await place.type(lines);
    await place.works();
  });

  test('an outside that does not answer is a warning of the canary, and a failed probe', async () => {
    await place.inside(place.internet, 'ip', 'link', 'set', 'dev', 'lo', 'down');
    await place.inside(place.internet, 'ip', 'address', 'del', '198.51.100.1/24', 'dev', 'up0');
    await place.inside(place.internet, 'ip', 'neighbour', 'add', 'proxy', '198.51.100.1', 'dev', 'up0');
    await place.inside(place.internet, 'sysctl', '-qw', 'net.ipv4.conf.up0.proxy_arp=1');
    const { status, stderr } = await place.labnet('provision', 'lab.yaml');
    expect(stderr).toContain('198.51.100.1 does not answer; the packets left this host, and nobody answered');
    expect(status).toBe(3);
  });
});
