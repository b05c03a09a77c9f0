/** Labs on a host with other firewalls: each works, or is refused before the first change with what to type. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;
let before: Snapshot;

const rulesets = new URL('../netns/rulesets/', import.meta.url).pathname;

beforeAll(async () => {
  place = await standInPlace();
});

afterAll(() => place.close());

const rulesOfHost = async () => ({
  nft: await place.inHost('nft', '--stateless', 'list', 'ruleset'),
  saved: await place.inHost('iptables-nft-save'),
});

let clean: { readonly nft: string; readonly saved: string };

beforeEach(async () => {
  clean ??= await rulesOfHost();
});

afterEach(async () => {
  await place.labnet('destroy', '--all', '--yes');
  // iptables's tables are loaded by iptables: what nft prints of them is not the whole.
  const native = clean.nft.replace(/^table ip6? (filter|nat|mangle|raw) \{\n.*?^\}\n?/gms, '');
  await place.feedHost(['nft', '--file', '-'], `flush ruleset\n${native}`);
  await place.feedHost(['iptables-nft-restore'], clean.saved);
  await place.inHost('iptables-legacy', '-P', 'FORWARD', 'ACCEPT');
  await place.inHost('iptables-legacy', '-F', 'FORWARD');
});

/** Loads rules beside those that are there. */
async function load(name: string): Promise<void> {
  // The rulesets were made where the uplink is eth0.
  const text = readFileSync(`${rulesets}${name}`, 'utf8').replaceAll('"eth0"', '"up0"');
  if (name.endsWith('.nft')) await nft(text);
  else await place.feedHost(['iptables-nft-restore', '--noflush'], text);
}

const nft = (text: string) => place.feedHost(['nft', '--file', '-'], text);

async function works(): Promise<void> {
  before = await place.snapshot();
  const { status, value } = await place.json('provision', 'lab.yaml');
  expect(value.error).toBeUndefined();
  expect(status).toBe(0);
  expect((await place.labnet('status')).status).toBe(0);
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect(await place.snapshot()).toEqual(before);
}

/** Refused with no change; @returns the lines to type */
async function refused(saying: RegExp): Promise<readonly string[]> {
  before = await place.snapshot();
  const { status, value } = await place.json('provision', 'lab.yaml');
  expect(value.error.message).toMatch(saying);
  expect([status, value.error.code]).toEqual([4, 'host-cannot']);
  expect(await place.snapshot()).toEqual(before);
  return value.error.hint.split('\n');
}

/** Types the lines, but for those of programs that are not there. */
async function type(lines: readonly string[]): Promise<void> {
  for (const line of lines)
    await place.inHost(
      ...line
        .replace(/^sudo /, '')
        .replace(/ {2,}#.*/, '')
        .split(' '),
    );
}

describe('Docker', () => {
  test('there before: two rules of ours in its chain, and no trace afterwards', async () => {
    await load('docker.iptables');
    before = await place.snapshot();
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

  test('coming after: status names its policy, and repair adds the rules', async () => {
    expect((await place.json('provision', 'lab.yaml')).status).toBe(0);
    await load('docker.iptables');
    const { status, stdout } = await place.labnet('status');
    expect(status).toBe(1);
    expect(stdout).toContain('ip filter FORWARD: policy drop (Docker) stops what goes from br0 to up0');
    const repaired = await place.json('repair');
    expect([repaired.status, repaired.value.error]).toEqual([0, undefined]);
    expect((await place.labnet('status')).status).toBe(0);
    await place.inHost('iptables-nft', '-F', 'DOCKER-USER');
    expect((await place.labnet('status')).stdout).toMatch(/docker-user:br0 +absent/);
    const again = await place.json('provision', 'lab.yaml');
    expect([again.status, again.value.error]).toEqual([0, undefined]);
    expect((await place.labnet('status')).status).toBe(0);
  });

  test('with its rules made by iptables-legacy', async () => {
    await place.inHost('iptables-legacy-restore', '--noflush', `${rulesets}docker.iptables`);
    await works();
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
    'sudo ufw route allow in on br0',
  ],
  [
    'firewalld',
    'firewalld-strict.nft',
    /\(firewalld\) stops what goes from br0 to up0/,
    'sudo firewall-cmd --zone=trusted --add-interface=br0',
  ],
])('%s is refused with the line to type', async (_, ruleset, saying, line) => {
  await load(ruleset);
  expect((await refused(saying))[0]).toBe(line);
});

/** A table with one chain, as nft takes it. */
const table = (family: string, hook: string, policy: string, rules: string) =>
  `table ${family} theirs {
    set bad { type ipv4_addr; elements = { 203.0.113.80 }; }
    chain check {
      type filter hook ${hook}; policy ${policy};
      ${rules}
    }
  }`;

describe('other rules', () => {
  test.each([
    ['a policy of nftables', () => nft(table('inet', 'forward priority 0', 'drop', ''))],
    ['a policy of iptables-legacy', () => place.inHost('iptables-legacy', '-P', 'FORWARD', 'DROP')],
  ])('%s: refused, and what is told to type makes it work', async (_, load) => {
    await load();
    await type(await refused(/stops what goes from br0 to up0/));
    await works();
  });

  test.each([
    ['before routing', 'prerouting priority -300', 'iifname "br0" tcp dport 80 drop'],
    ['on the way back', 'forward priority 0', 'oifname "br0" ip saddr @bad drop'],
  ])('a drop %s: the canary finds the rule before a VM boots', async (_, hook, rule) => {
    await nft(table('ip', hook, 'accept', rule));
    await type(await refused(/stopped on this host by ip theirs check: .*drop/));
    await works();
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
