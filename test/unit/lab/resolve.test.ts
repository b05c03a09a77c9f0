import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contains, parseSubnet, toAddress, toNumber } from '../../../src/lab/addressing.ts';
import type { Lab } from '../../../src/lab/lab.ts';
import { labOfSize, parseLab } from '../../../src/lab/validate.ts';

function lab(text: string): Lab {
  const parsed = parseLab(text, 'lab.yaml', { sandbox: false });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  return parsed.lab;
}

const addresses = ({ vms }: Lab) => vms.map(({ address }) => address);

describe('--vms N', () => {
  test('is the lab sheet’s network', () => {
    expect(labOfSize(2, { sandbox: false })).toMatchObject({
      name: 'lab',
      image: 'debian-11',
      forwarding: 'interface',
      network: {
        name: 'br0',
        address: '192.168.6.10',
        prefix: 24,
        nat: true,
        uplink: 'auto',
        dns: 'auto',
        mtu: 'auto',
        taps: 'tap',
      },
      vms: [
        { name: 'vm1', index: 0, hostname: 'vm1', address: '192.168.6.1', cpus: 2, memory: 512 },
        { name: 'vm2', index: 1, address: '192.168.6.2', disk: 10 * 1024 ** 3, nic: 'virtio', bus: 'virtio' },
      ],
      sandbox: false,
      probeTarget: undefined,
    });
  });

  test('VM N has the N-th address that is not the bridge’s', () => {
    const { vms } = labOfSize(100, { sandbox: false });
    const of = (number: number) => [vms[number - 1]?.name, vms[number - 1]?.address];
    expect([of(1), of(9), of(10), of(100)]).toEqual([
      ['vm1', '192.168.6.1'],
      ['vm9', '192.168.6.9'],
      ['vm10', '192.168.6.11'],
      ['vm100', '192.168.6.101'],
    ]);
  });

  test.each(Array.from({ length: 100 }, (_, index) => index + 1))('%d VMs share nothing', (count) => {
    const made = labOfSize(count, { sandbox: true });
    expect(made.vms).toHaveLength(count);
    expect(new Set([made.network.address, ...addresses(made)]).size).toBe(count + 1);
    expect(new Set(made.vms.map(({ name }) => name)).size).toBe(count);
    expect(made.vms.map(({ index }) => index)).toEqual(made.vms.map((_, index) => index));
  });

  test('says the same as a lab file with as many empty VMs', () => {
    expect(lab('vms: {vm1: {}, vm2: , vm3: null}')).toEqual(labOfSize(3, { sandbox: false }));
  });

  test.each([0, -1, 101, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is refused', (count) => {
    expect(() => labOfSize(count, { sandbox: false })).toThrow('a lab has 1 to 100 VMs');
  });

  test('takes the name of a lab, if it can be one', () => {
    expect(labOfSize(1, { sandbox: false, name: 'other' }).name).toBe('other');
    expect(() => labOfSize(1, { sandbox: false, name: 'No Name' })).toThrow('the name must be 1 to 20');
  });
});

describe('addresses left out', () => {
  test.each([
    ['vm1: {address: 192.168.6.1}\n  vm2:', ['192.168.6.1', '192.168.6.2']],
    ['vm1: {address: 192.168.6.50}\n  vm2:', ['192.168.6.50', '192.168.6.2']],
    ['vm1: {address: 192.168.6.2}\n  vm2:', ['192.168.6.2', '192.168.6.1']],
    ['vm1:\n  vm2: {address: 192.168.6.1}', ['192.168.6.2', '192.168.6.1']],
    ['vm1:\n  vm2: {address: 192.168.6.1}\n  vm3:', ['192.168.6.2', '192.168.6.1', '192.168.6.3']],
  ])('%s', (vms, expected) => expect(addresses(lab(`vms:\n  ${vms}\n`))).toEqual(expected));

  test('are in the subnet, free and each another, whatever the rest asks for', () => {
    const input = fc
      .record({ prefix: fc.integer({ min: 24, max: 29 }), seed: fc.integer({ min: 0, max: 2 ** 24 }) })
      .chain(({ prefix, seed }) => {
        const { network, last } = parseSubnet(
          `10.${(seed >> 16) % 256}.${(seed >> 8) % 256}.${seed % 256}/${prefix}`,
        );
        const hosts = Array.from({ length: last - network - 1 }, (_, index) =>
          toAddress(network + 1 + index),
        );
        return fc.record({
          prefix: fc.constant(prefix),
          // The first is the bridge's; there is room for as many VMs as there are others.
          given: fc.shuffledSubarray(hosts, { minLength: 2 }),
          left: fc.array(fc.boolean(), { minLength: 100, maxLength: 100 }),
        });
      });
    fc.assert(
      fc.property(input, ({ prefix, given, left }) => {
        const [bridge = '', ...wanted] = given.slice(0, 101);
        const vms = wanted.map(
          (one, index) => `  v${index}: ${left[index] === true ? '' : `{address: ${one}}`}`,
        );
        const made = lab(`networks: [{address: ${bridge}/${prefix}}]\nvms:\n${vms.join('\n')}\n`);
        const got = addresses(made);
        expect(new Set([bridge, ...got]).size).toBe(wanted.length + 1);
        expect(got.filter((one, index) => left[index] !== true && one !== wanted[index])).toEqual([]);
        const { network, last } = parseSubnet(`${bridge}/${prefix}`);
        expect(got.every((one) => contains(`${bridge}/${prefix}`, one))).toBe(true);
        expect(got.map(toNumber).filter((value) => value === network || value === last)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test('a /30 has room for one VM', () => {
    expect(addresses(lab('networks: [{address: 10.0.0.1/30}]\nvms: {a: }'))).toEqual(['10.0.0.2']);
  });

  test('a /8 is not searched from end to end', () => {
    expect(addresses(lab('networks: [{address: 10.0.0.1/8}]\nvms: {a: }'))).toEqual(['10.0.0.2']);
  });
});

test('everything that may be said of a lab arrives', () => {
  const made = lab(`
name: full
image: debian-12
host: {forwarding: global}
networks:
  - {name: br6, address: 10.6.0.254/16, nat: false, uplink: wlp3s0, dns: [192.0.2.53, 192.0.2.54], mtu: 1400, isolate: lan, host_ports: [80/tcp, 53/udp], taps: six}
defaults: {cpus: 1, memory: 1G, disk: 20G, nic: e1000, bus: ide, user: teacher, groups: [lab]}
verify: {internet: "example.org:80"}
vms:
  web:
    hostname: www
    address: 10.6.1.1
    mac: "00:11:22:AA:BB:CC"
    cpus: 4
    memory: 256M
    disk: 3G
    nic: virtio
    bus: virtio
    user: admin
    groups: [docker, adm, docker]
    packages: [nginx]
    files: [{path: /srv/a, content: "x\\n"}, {path: /srv/b, content: "", mode: "0600"}]
    run: ["echo hello"]
    hosts: {printer: 10.6.9.9, www.example.org: 10.6.9.8}
    ssh_keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKH4bSi6aIbGM0bGUX5lHHMlXzdqqnUWKqsl7KjRBcDx me@pc"]
    password: open sesame
    cloud_config: {timezone: Europe/Vienna, write_files: [{path: /a, content: b}]}
  plain:
`);
  expect(made).toEqual({
    name: 'full',
    image: 'debian-12',
    forwarding: 'global',
    network: {
      name: 'br6',
      address: '10.6.0.254',
      prefix: 16,
      nat: false,
      uplink: 'wlp3s0',
      dns: ['192.0.2.53', '192.0.2.54'],
      mtu: 1400,
      isolate: 'lan',
      hostPorts: ['80/tcp', '53/udp'],
      taps: 'six',
    },
    sandbox: false,
    probeTarget: 'example.org:80',
    vms: [
      {
        name: 'web',
        index: 0,
        hostname: 'www',
        address: '10.6.1.1',
        mac: '00:11:22:aa:bb:cc',
        cpus: 4,
        memory: 256,
        disk: 3 * 1024 ** 3,
        nic: 'virtio',
        bus: 'virtio',
        boot: 'direct',
        user: 'admin',
        groups: ['docker', 'adm'],
        packages: ['nginx'],
        files: [
          { path: '/srv/a', content: 'x\n', mode: '0644' },
          { path: '/srv/b', content: '', mode: '0600' },
        ],
        run: ['echo hello'],
        hosts: { printer: '10.6.9.9', 'www.example.org': '10.6.9.8' },
        sshKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKH4bSi6aIbGM0bGUX5lHHMlXzdqqnUWKqsl7KjRBcDx me@pc'],
        password: 'open sesame',
        cloudConfig: { timezone: 'Europe/Vienna', write_files: [{ path: '/a', content: 'b' }] },
      },
      {
        name: 'plain',
        index: 1,
        hostname: 'plain',
        address: '10.6.0.2',
        mac: undefined,
        cpus: 1,
        memory: 1024,
        disk: 20 * 1024 ** 3,
        nic: 'e1000',
        bus: 'ide',
        boot: 'direct',
        user: 'teacher',
        groups: ['lab'],
        packages: [],
        files: [],
        run: [],
        hosts: {},
        sshKeys: [],
        password: undefined,
        cloudConfig: {},
      },
    ],
  });
});

test('words that YAML 1.1 takes for something else are names', () => {
  const { vms } = lab(
    'vms:\n  no: {hostname: "123"}\n  on: {hostname: "0x1f"}\n  true: {}\n  null: {}\n  constructor: {}\n',
  );
  expect(vms.map(({ name, hostname }) => [name, hostname])).toEqual([
    ['no', '123'],
    ['on', '0x1f'],
    ['true', 'true'],
    ['null', 'null'],
    ['constructor', 'constructor'],
  ]);
});

test('a name under hosts is kept as it is written', () => {
  expect(lab('vms: {a: {hosts: {0x1f: 192.0.2.1, 1e3: 192.0.2.2}}}').vms[0]?.hosts).toEqual({
    '0x1f': '192.0.2.1',
    '1e3': '192.0.2.2',
  });
});
