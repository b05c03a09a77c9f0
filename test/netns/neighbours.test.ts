/** What the reading of rulesets foretells is what becomes of real packets, through labnet's own rules. */
import { readFileSync } from 'node:fs';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { localHost } from '../../src/host/local-host.ts';
import { readRuleset } from '../../src/netfilter/read-ruleset.ts';
import { firewallFindingsIn, readBridgeNetfilter } from '../../src/preflight/firewalls.ts';
import { namespaces } from '../setup/namespaces.ts';
import { server, type WiredLab, wiredLab } from '../setup/wired-lab.ts';

let wired: WiredLab;

beforeAll(async () => {
  wired = await wiredLab();
  await wired.make(...wired.specs(1500));
});

afterAll(async () => {
  await wired.remove(...wired.specs(1500));
  await wired.close();
});

afterEach(async () => {
  const tables = await wired.inHost('nft list tables');
  for (const line of tables.split('\n')) {
    const table = line.replace(/^table /, '');
    if (table !== '' && !table.includes('labnet_')) await wired.inHost(`nft delete table ${table}`);
  }
  await wired.inHost('iptables-legacy -P FORWARD ACCEPT');
  await wired.inHost('iptables-legacy -F FORWARD');
});

const fixture = (name: string) => readFileSync(new URL(`rulesets/${name}`, import.meta.url), 'utf8');
const iptables = (text: string, program = 'iptables-nft-restore') =>
  execa('nsenter', [`--net=${wired.host}`, '--', program, '--noflush'], { input: text });
const forward = (rules: string) =>
  `table ip theirs {
    set bad { type ipv4_addr; elements = { ${server} }; }
    chain check { type filter hook forward priority 0; policy ${rules}
    }
  }`;

const one = { tap: 'tap0', address: '192.168.6.1' };
const two = { tap: 'tap1', address: '192.168.6.2' };

/** The names of what would stop a connection from the guest: out and back by the uplink, if there is one, or to another guest. */
async function foretold(guests = [one], uplink = 'eth0'): Promise<readonly string[]> {
  const host = localHost();
  const ruleset = await readRuleset(host, wired.host);
  const found = firewallFindingsIn(ruleset, {
    bridge: 'br0',
    guests,
    uplink: uplink === '' ? undefined : uplink,
    target: { address: server, port: 80 },
    bridgeNetfilter: await readBridgeNetfilter(host, wired.host),
  });
  return [...new Set(found.map(({ owner }) => owner))];
}

const connects = () =>
  wired.inGuest(`python3 -c __import__('socket').create_connection(('${server}',80),0.6)`).then(
    () => true,
    () => false,
  );

test.each<[string, () => Promise<unknown>, readonly string[]]>([
  ['nothing', async () => {}, []],
  ['ufw', () => iptables(fixture('ufw.iptables')), ['ufw']],
  ['ufw, its line typed', () => iptables(fixture('ufw-allowed.iptables')), []],
  ['firewalld as installed', () => wired.nft(fixture('firewalld.nft')), []],
  ['firewalld without forwarding', () => wired.nft(fixture('firewalld-strict.nft')), ['firewalld']],
  ['firewalld, its line typed', () => wired.nft(fixture('firewalld-trusted.nft')), []],
  ['Docker', () => iptables(fixture('docker.iptables')), ['docker']],
  ['Docker of iptables-legacy', () => wired.inHost('iptables-legacy -P FORWARD DROP'), ['filter']],
  ['a policy of drop', () => wired.nft(forward('drop;')), ['theirs']],
  [
    'a policy of drop, the bridge let in',
    () => wired.nft(forward('drop;\niifname "br0" accept\nct state established accept')),
    [],
  ],
  ['the way out alone', () => wired.nft(forward('drop;\niifname "br0" accept')), ['theirs']],
  ['a port', () => wired.nft(forward('accept;\ntcp dport { 80, 443 } drop')), ['theirs']],
  ['another port', () => wired.nft(forward('accept;\ntcp dport 1-79 drop')), []],
  [
    'a verdict map',
    () =>
      wired.nft(
        forward(
          'drop;\nct state vmap { established : accept, related : accept, invalid : drop }\nip saddr 192.168.6.0/24 ip daddr != 10.0.0.0/8 accept',
        ),
      ),
    [],
  ],
  [
    'a reject at the end',
    () =>
      wired.nft(
        forward(
          'accept;\nct state established accept\niifname "virbr*" accept\nreject with icmp admin-prohibited',
        ),
      ),
    ['theirs'],
  ],
])('%s', async (_, load, expected) => {
  await load();
  expect(await foretold()).toEqual(expected);
  expect(await connects()).toBe(expected.length === 0);
});

test('what cannot be told is not foretold: the canary has to find it', async () => {
  await wired.nft(forward('accept;\nip daddr @bad drop'));
  expect(await foretold()).toEqual([]);
  expect(await connects()).toBe(false);
});

describe('from guest to guest, with nothing to go outside', () => {
  const spaces = namespaces();

  beforeAll(async () => {
    const guest = await spaces.make('second');
    await wired.make({
      kind: 'canary',
      id: 'canary:second',
      lab: 'lab',
      port: 'labnet-second',
      bridge: 'br0',
      mtu: 1500,
      namespace: wired.host,
      guest: {
        namespace: guest,
        mac: '02:00:00:00:00:02',
        address: `${two.address}/24`,
        gateway: '192.168.6.10',
      },
    });
  });

  afterAll(() => spaces.close());

  test.each([
    ['1', 'drop;', ['theirs']],
    ['1', 'drop;\niifname "br0" oifname "br0" accept', []],
    ['0', 'drop;', []],
  ])('bridge-nf-call-iptables=%s, policy %j', async (setting, rules, expected) => {
    await wired.inHost(`sysctl -qw net.bridge.bridge-nf-call-iptables=${setting}`);
    await wired.nft(forward(rules));
    expect(await foretold([one, two], '')).toEqual(expected);
    const answers = wired.inGuest(`ping -n -q -c 1 -i 0.2 -w 1 ${two.address}`).then(
      () => true,
      () => false,
    );
    expect(await answers).toBe(expected.length === 0);
  });
});
