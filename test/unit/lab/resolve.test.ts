import { describe, expect, test } from 'vitest';
import type { Lab } from '../../../src/lab/lab.ts';
import { labOfSize, parseLab } from '../../../src/lab/validate.ts';

function lab(text: string): Lab {
  const parsed = parseLab(text, 'lab.yaml', { sandbox: false });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  return parsed.lab;
}

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
        { name: 'vm1', hostname: 'vm1', address: undefined, cpus: 2, memory: 512 },
        { name: 'vm2', disk: 10 * 1024 ** 3, nic: 'virtio', bus: 'virtio' },
      ],
      sandbox: false,
      probeTarget: undefined,
    });
  });

  test.each(Array.from({ length: 100 }, (_, index) => index + 1))('%d VMs have each a name', (count) => {
    const made = labOfSize(count, { sandbox: true });
    expect(made.vms).toHaveLength(count);
    expect(new Set(made.vms.map(({ name }) => name)).size).toBe(count);
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
        hostname: 'plain',
        address: undefined,
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
