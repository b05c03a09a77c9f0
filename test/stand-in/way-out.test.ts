/** A PC whose way out changes under a lab that is up, and routers that are less than usual: on a real network, with stand-in VMs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Snapshot } from '../setup/host-snapshot.ts';
import { farSide } from './host-network.ts';
import { type StandInPlace, standInPlace } from './place.ts';

let place: StandInPlace;
let before: Snapshot;

/** A second card, whose router is the same far side. */
const wifi = { address: '192.0.2.2/24', router: '192.0.2.1' };

beforeAll(async () => {
  place = await standInPlace();
  const { internet } = place;
  await place.inHost(
    ...['ip', 'link', 'add', 'name', 'wlp2s0', 'address', '02:00:00:00:00:21'],
    ...['type', 'veth', 'peer', 'name', 'wifi0', 'address', '02:00:00:00:00:22', 'netns', internet],
  );
  await place.inside(internet, 'ip', 'address', 'add', `${wifi.router}/24`, 'dev', 'wifi0');
  await place.inside(internet, 'ip', 'link', 'set', 'wifi0', 'up');
  await place.inHost('ip', 'link', 'property', 'add', 'dev', 'wlp2s0', 'altname', 'wifi-of-the-laptop');
});

afterAll(() => place.close());

afterEach(async () => {
  await place.labnet('destroy', '--all', '--yes');
  await unplugWifi();
});

async function unplugWifi(): Promise<void> {
  await toCable();
  await place.inHost('ip', 'address', 'flush', 'dev', 'wlp2s0');
  await place.inHost('ip', 'link', 'set', 'wlp2s0', 'down');
}

async function toWifi(): Promise<void> {
  await place.inHost('ip', 'link', 'set', 'wlp2s0', 'up');
  await place.inHost('ip', 'address', 'replace', wifi.address, 'dev', 'wlp2s0');
  await place.inHost('ip', 'route', 'replace', 'default', 'via', wifi.router);
}

async function toCable(): Promise<void> {
  await place.inHost('ip', 'route', 'replace', 'default', 'via', farSide.gateway);
}

const provision = async (file = 'lab.yaml') => {
  const { status, value } = await place.json('provision', file);
  expect([status, value.error]).toEqual([0, undefined]);
  return value;
};

const probes = async () => {
  const { status, value } = await place.json('verify');
  const open = value.verify.probes.filter((probe) => probe.status !== 'passed');
  return { status, open };
};

describe('from cable to Wi-Fi', () => {
  test('status names it, provision names repair, repair follows it, and destroy leaves nothing of it', async () => {
    await provision();
    await toWifi();
    const { status, stdout } = await place.labnet('status');
    expect(status).toBe(1);
    expect(stdout).toMatch(/way-out +drifted +this host goes out by wlp2s0 now, its guests only by up0/);
    expect((await probes()).status).toBe(3);
    const again = await place.json('provision', 'lab.yaml');
    expect([again.status, again.value.error.message]).toEqual([
      1,
      'the way out of this host has changed since the lab was made',
    ]);
    const repaired = await place.json('repair');
    expect(repaired.status).toBe(0);
    expect(repaired.value.resources).toContainEqual(
      expect.objectContaining({ id: 'way-out', outcome: 'repaired' }),
    );
    expect(await probes()).toEqual({ status: 0, open: [] });
    expect((await place.labnet('status')).status).toBe(0);
    // And back: nothing to do.
    await toCable();
    expect((await place.labnet('status')).status).toBe(0);
    expect((await probes()).status).toBe(0);
    await provision();
  });

  test('the settings of both links are as they were after destroy', async () => {
    before = await place.snapshot();
    await provision();
    await toWifi();
    expect((await place.labnet('repair')).status).toBe(0);
    await unplugWifi();
    expect((await place.labnet('destroy', '--yes')).status).toBe(0);
    expect(await place.snapshot()).toEqual(before);
  });
});

describe('an uplink that is renamed while the lab is up', () => {
  const rename = async (from: string, to: string) => {
    await place.inHost('ip', 'link', 'set', from, 'down');
    await place.inHost('ip', 'link', 'set', from, 'name', to);
    await place.inHost('ip', 'link', 'set', to, 'up');
    await toCable();
  };
  const forwarding = (name: string) => place.inHost('cat', `/proc/sys/net/ipv4/conf/${name}/forwarding`);

  test.each([['repaired'], ['not repaired']])('%s: nobody forwards by it after destroy', async (how) => {
    expect(await forwarding('up0')).toBe('0');
    await provision();
    await rename('up0', 'enx0');
    try {
      expect(await forwarding('enx0')).toBe('1');
      if (how === 'repaired') {
        expect((await place.labnet('repair')).status).toBe(0);
        expect(await probes()).toEqual({ status: 0, open: [] });
      }
      expect((await place.labnet('destroy', '--yes')).status).toBe(0);
      expect(await forwarding('enx0')).toBe('0');
    } finally {
      await rename('enx0', 'up0');
    }
  });
});

test('another router behind the same link is named, asked in place of the one that is gone, and followed', async () => {
  const other = '198.51.100.9';
  const router = (...words: string[]) =>
    place.inside(place.internet, 'ip', 'address', ...words, 'dev', 'up0');
  await provision();
  await router('delete', `${farSide.gateway}/24`);
  await router('add', `${other}/24`);
  await place.inHost('ip', 'route', 'replace', 'default', 'via', other);
  try {
    const { status, stdout } = await place.labnet('status');
    expect(status).toBe(1);
    expect(stdout).toMatch(
      new RegExp(`way-out +drifted +the router of up0 is ${other} now, not ${farSide.gateway}`),
    );
    expect(await probes()).toEqual({ status: 0, open: [] });
    expect(await place.json('repair')).toMatchObject({ status: 0, value: { verify: { ok: true } } });
    expect((await place.labnet('status')).status).toBe(0);
  } finally {
    await router('delete', `${other}/24`);
    await router('add', `${farSide.gateway}/24`);
    await toCable();
  }
});

test('a network with the lab’s own addresses, joined while the lab is up, is named', async () => {
  await provision();
  await toWifi();
  await place.inHost('ip', 'address', 'add', '192.168.6.77/24', 'dev', 'wlp2s0');
  const { status, stdout } = await place.labnet('status');
  expect(status).toBe(1);
  expect(stdout).toMatch(
    /subnet:192\.168\.6\.0\/24 +foreign +192\.168\.6\.0\/24 overlaps 192\.168\.6\.0\/24 on wlp2s0/,
  );
  expect(stdout).toContain('give the lab another subnet: networks: [{address: ');
});

test('a routing rule for the PC’s own packets alone is told before the first change', async () => {
  const rule = ['iif', 'lo', 'to', '203.0.113.84/30', 'lookup', '200', 'priority', '101'];
  await place.inHost('ip', 'rule', 'add', ...rule);
  try {
    const { status, stderr } = await place.labnet('provision', 'lab.yaml');
    expect(status).toBe(0);
    expect(stderr).toContain('the routing rule 101 (iif lo, table 200) is for this PC');
    expect(stderr.indexOf('routing rule 101')).toBeLessThan(stderr.indexOf('Bridge: 1 made'));
  } finally {
    await place.inHost('ip', 'rule', 'delete', ...rule);
  }
});

test('a PC that had no way out when the lab was made: status and repair say that it has one now, and what gives it', async () => {
  await place.inHost('ip', 'route', 'delete', 'default');
  // Such a lab has nothing to be reached outside.
  const { status: made } = await place.json('provision', 'lab.yaml');
  await toCable();
  expect(made).toBe(0);
  const words = 'this host goes out by up0 now, and had no way out when the lab was made';
  const { status, stdout } = await place.labnet('status');
  expect(status).toBe(1);
  expect(stdout).toMatch(new RegExp(`${words}; to give it one: \\S.* destroy own, then provision`));
  const repaired = await place.json('repair');
  expect(repaired.status).toBe(1);
  expect(repaired.value.resources).toContainEqual({
    id: 'way-out',
    outcome: 'not repaired',
    reason: words,
    hint: expect.stringMatching(/ destroy own, then provision$/),
  });
  expect((await place.labnet('destroy', 'own', '--yes')).status).toBe(0);
  await provision();
  expect(await probes()).toEqual({ status: 0, open: [] });
});

test('a router that answers no ping is no failure', async () => {
  await place.inside(place.internet, 'nft', 'add', 'table', 'ip', 'mute');
  await place.inside(
    place.internet,
    ...['nft', 'add chain ip mute in { type filter hook input priority 0 ; }'],
  );
  await place.inside(
    place.internet,
    ...['nft', `add rule ip mute in ip daddr ${farSide.gateway} icmp type echo-request drop`],
  );
  try {
    const { verify } = await provision();
    const gateway = verify.probes.find(({ id }) => id === 'internet-gateway');
    expect(gateway).toMatchObject({
      status: 'skipped',
      reason: `${farSide.gateway} does not answer to ping, but what is beyond it is reached`,
    });
  } finally {
    await place.inside(place.internet, 'nft', 'delete', 'table', 'ip', 'mute');
  }
});

test('a router that answers no ping, and a resolver that is dead: the resolver is named', async () => {
  const mute = ['nft', 'add', 'table', 'ip', 'mute'];
  const chain = 'add chain ip mute in { type filter hook input priority 0 ; }';
  const rules = [
    `add rule ip mute in ip daddr ${farSide.gateway} icmp type echo-request drop`,
    'add rule ip mute in udp dport 53 drop',
  ];
  await place.inside(place.internet, ...mute);
  for (const rule of [chain, ...rules]) await place.inside(place.internet, 'nft', rule);
  try {
    const { status, value } = await place.json('provision', 'lab.yaml');
    expect(status).toBe(3);
    const said = new Map(value.verify.probes.map((probe) => [probe.id, `${probe.status}: ${probe.reason}`]));
    expect(said.get('internet-gateway')).toMatch(/^skipped: .*and is there/);
    expect(said.get('internet-name')).toMatch(/^failed: .* is the one to the resolver$/);
  } finally {
    await place.inside(place.internet, 'nft', 'delete', 'table', 'ip', 'mute');
  }
});

describe('a route whose packets have an address of their own', () => {
  const own = '203.0.113.7';

  beforeEach(async () => {
    await place.inHost('ip', 'address', 'add', `${own}/32`, 'dev', 'lo');
    await place.inside(place.internet, 'ip', 'route', 'add', own, 'via', '198.51.100.2');
    await place.inside(place.internet, 'nft', 'add', 'table', 'ip', 'strict');
    const chain = 'add chain ip strict in { type filter hook input priority 0 ; }';
    await place.inside(place.internet, 'nft', chain);
    const rule = `add rule ip strict in ip daddr ${farSide.server} ip saddr != ${own} drop`;
    await place.inside(place.internet, 'nft', rule);
  });
  afterEach(async () => {
    await place.labnet('destroy', '--all', '--yes');
    await toCable();
    await place.inside(place.internet, 'nft', 'delete', 'table', 'ip', 'strict');
    await place.inside(place.internet, 'ip', 'route', 'delete', own);
    await place.inHost('ip', 'address', 'delete', `${own}/32`, 'dev', 'lo');
  });
  const withSource = () =>
    place.inHost('ip', 'route', 'replace', 'default', 'via', farSide.gateway, 'src', own);

  test('gives it to those of guests', async () => {
    await withSource();
    await provision();
    expect(await probes()).toEqual({ status: 0, open: [] });
    expect((await place.labnet('status')).status).toBe(0);
  });

  test('that comes while the lab is up is named and followed', async () => {
    await place.inside(place.internet, 'nft', 'flush', 'table', 'ip', 'strict');
    await provision();
    await withSource();
    const { status, stdout } = await place.labnet('status');
    expect(status).toBe(1);
    expect(stdout).toMatch(/way-out +drifted +this host's own packets have another address by up0 now/);
    const rule = `add rule ip strict in ip daddr ${farSide.server} ip saddr != ${own} drop`;
    await place.inside(place.internet, 'nft', rule);
    expect((await place.labnet('repair')).status).toBe(0);
    expect(await probes()).toEqual({ status: 0, open: [] });
    expect((await place.labnet('status')).status).toBe(0);
  });
});

test('a resolver of 169.254/16, as clouds have one, is asked like any other', async () => {
  const address = '169.254.169.254';
  await place.inside(place.internet, 'nft', 'add', 'table', 'ip', 'cloud');
  const chain = 'add chain ip cloud in { type nat hook prerouting priority dstnat ; }';
  await place.inside(place.internet, 'nft', chain);
  await place.inside(
    place.internet,
    'nft',
    `add rule ip cloud in ip daddr ${address} meta l4proto { tcp, udp } th dport 53 dnat to ${farSide.server}`,
  );
  writeFileSync(
    join(place.directory, 'cloud.yaml'),
    `name: own
networks: [{name: br0, dns: [${address}]}]
verify: {internet: "${farSide.name}:80"}
vms: {one: {cpus: 1}}
`,
  );
  try {
    await provision('cloud.yaml');
    expect(await probes()).toEqual({ status: 0, open: [] });
  } finally {
    await place.inside(place.internet, 'nft', 'delete', 'table', 'ip', 'cloud');
  }
});

test('a host that answers no ping is no failure', async () => {
  await place.inHost('sysctl', '-qw', 'net.ipv4.icmp_echo_ignore_all=1');
  try {
    const { verify } = await provision();
    expect(verify.probes.filter((probe) => probe.status !== 'passed')).toEqual([
      expect.objectContaining({
        id: 'guest-host',
        status: 'skipped',
        reason: 'this host answers no ping (net.ipv4.icmp_echo_ignore_all)',
      }),
    ]);
  } finally {
    await place.inHost('sysctl', '-qw', 'net.ipv4.icmp_echo_ignore_all=0');
  }
});

test('a rule of this host that drops the pings of guests is no failure', async () => {
  await place.inHost('nft', 'add', 'table', 'ip', 'mute');
  await place.inHost('nft', 'add chain ip mute in { type filter hook input priority 0 ; }');
  await place.inHost('nft', 'add rule ip mute in icmp type echo-request drop');
  try {
    const { verify } = await provision();
    expect(verify.probes.filter((probe) => probe.status !== 'passed')).toEqual([
      expect.objectContaining({
        id: 'guest-host',
        status: 'skipped',
        reason: expect.stringMatching(/does not answer to ping, but what is beyond it is reached$/),
      }),
    ]);
  } finally {
    await place.inHost('nft', 'delete', 'table', 'ip', 'mute');
  }
});

test('a VPN that ends while the lab is up is named, repaired, and leaves nothing', async () => {
  before = await place.snapshot();
  await provision();
  await place.inHost('ip', 'tuntap', 'add', 'dev', 'vpn0', 'mode', 'tun');
  await place.inHost('ip', 'link', 'set', 'vpn0', 'up');
  await place.inHost('ip', 'route', 'add', '203.0.113.128/25', 'dev', 'vpn0');
  expect((await place.labnet('repair')).status).toBe(0);
  expect(await place.inHost('nft', 'list', 'table', 'inet', 'labnet_own')).toContain('"vpn0"');
  await place.inHost('ip', 'link', 'delete', 'vpn0');
  const { status, stdout } = await place.labnet('status');
  expect(status).toBe(1);
  expect(stdout).toMatch(/way-out +drifted +vpn0, by which guests could go, is not there any more/);
  expect(await place.json('repair')).toMatchObject({ status: 0, value: { verify: { ok: true } } });
  expect((await place.labnet('status')).status).toBe(0);
  expect((await place.labnet('destroy', '--yes')).status).toBe(0);
  expect(await place.snapshot()).toEqual(before);
});

test('a PC that has gone offline: what its guests do not reach is told as that', async () => {
  await provision();
  await place.inHost('ip', 'route', 'delete', 'default');
  try {
    const { status, open } = await probes();
    expect(status).toBe(3);
    for (const { id, reason } of open.filter((probe) => probe.id.startsWith('internet-')))
      expect([id, reason]).toEqual([
        id,
        expect.stringMatching(/; this host itself has no way out now \(ip route\)$/),
      ]);
    expect(open.length).toBeGreaterThan(0);
  } finally {
    await toCable();
  }
});

test('a route of this PC that takes the guests’ addresses elsewhere is what a ping is told to go by', async () => {
  await provision();
  await toWifi();
  await place.inHost('ip', 'route', 'add', '192.168.6.1/32', 'via', wifi.router);
  try {
    const { open } = await probes();
    expect(open.find(({ id }) => id === 'host-guest')?.reason).toMatch(
      /: this host sends what is for it to wlp2s0, by a route or rule that is not the lab's/,
    );
  } finally {
    await place.inHost('ip', 'route', 'delete', '192.168.6.1/32');
  }
});

describe('two ways out', () => {
  test('by both from the beginning: each hop of one route carries guests', async () => {
    await toWifi();
    await place.inHost(
      ...['ip', 'route', 'replace', 'default'],
      ...['nexthop', 'via', farSide.gateway, 'dev', 'up0', 'weight', '1'],
      ...['nexthop', 'via', wifi.router, 'dev', 'wlp2s0', 'weight', '1'],
    );
    await provision();
    const rules = await place.inHost('nft', 'list', 'table', 'inet', 'labnet_own');
    expect(rules).toMatch(/oifname \{ (?:"up0", "wlp2s0"|"wlp2s0", "up0") \} masquerade/);
    for (const name of ['up0', 'wlp2s0'])
      expect((await place.inHost('sysctl', '-n', `net.ipv4.conf.${name}.forwarding`)).trim()).toBe('1');
    expect(await probes()).toEqual({ status: 0, open: [] });
    // Whichever of the two is left.
    for (const [via, dev] of [
      [wifi.router, 'wlp2s0'],
      [farSide.gateway, 'up0'],
    ] as const) {
      await place.inHost('ip', 'route', 'replace', 'default', 'via', via, 'dev', dev);
      expect(await probes()).toEqual({ status: 0, open: [] });
    }
  });

  test('the one that the lab file names, by its further name', async () => {
    await toWifi();
    writeFileSync(
      join(place.directory, 'named.yaml'),
      `name: own
networks: [{name: br0, dns: [${farSide.server}], uplink: wifi-of-the-laptop}]
verify: {internet: "${farSide.name}:80"}
vms: {one: {cpus: 1}}
`,
    );
    await provision('named.yaml');
    expect(await place.inHost('nft', 'list', 'table', 'inet', 'labnet_own')).toContain(
      'oifname "wlp2s0" masquerade',
    );
  });
});

test('a link that is not there is refused before the first change, with those that are', async () => {
  writeFileSync(
    join(place.directory, 'eno1.yaml'),
    `name: own\nnetworks: [{name: br0, uplink: eno1}]\nvms: {one: {cpus: 1}}\n`,
  );
  before = await place.snapshot();
  const { status, value } = await place.json('provision', 'eno1.yaml');
  expect([status, value.error.code]).toEqual([4, 'host-cannot']);
  expect(value.error.message).toContain('no link of that name');
  expect(value.error.hint).toContain('up0');
  expect(await place.snapshot()).toEqual(before);
});

describe('wide routes of a VPN', () => {
  const vpn = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

  test('are told, and a lab is made among them', async () => {
    for (const one of vpn) await place.inHost('ip', 'route', 'add', one, 'via', farSide.gateway);
    try {
      const { status, stderr } = await place.labnet('provision', 'lab.yaml');
      expect(status).toBe(0);
      expect(stderr).toContain('192.168.0.0/16, which this host reaches by up0, has 192.168.6.0/24 in it');
    } finally {
      for (const one of vpn) await place.inHost('ip', 'route', 'delete', one);
    }
  });
});
