/** The seeds as cloud-init itself reads them: its own code, from the very image that the VMs boot. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { renderSeed } from '../../src/cloud-init/seed.ts';
import { labOfSize } from '../../src/lab/validate.ts';
import { baseImage } from '../setup/base-image.ts';

let directory: string;
let disk: string;

beforeAll(async () => {
  const state = await baseImage('debian-11', inject('cli'));
  const { sha256 } = JSON.parse(readFileSync(join(state, 'images/debian-11.json'), 'utf8')) as {
    sha256: string;
  };
  directory = mkdtempSync(join(tmpdir(), 'labnet-parsers-'));
  disk = join(directory, 'disk.raw');
  mkdirSync(join(directory, 'root'));
  await execa('qemu-img', ['convert', '-O', 'raw', join(state, 'images', `${sha256}.qcow2`), disk]);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs Python of the image in the image, in a mount namespace that goes with it. */
async function inImage(program: string, input: unknown): Promise<unknown> {
  const root = join(directory, 'root');
  const line = `mount -o ro,loop,offset=1048576 ${disk} ${root} && exec chroot ${root} /usr/bin/python3 -c "$0"`;
  const argv = ['--mount', '--propagation', 'private', 'bash', '-c', line, program];
  return JSON.parse((await execa('unshare', argv, { input: JSON.stringify(input) })).stdout);
}

const program = `
import json, sys, tempfile
from cloudinit import util
from cloudinit.net import network_state
from cloudinit.net.eni import Renderer
seed = json.load(sys.stdin)
user = util.load_yaml(seed['userData'])
meta = util.load_yaml(seed['metaData'])
network = util.load_yaml(seed['networkConfig'])
state = network_state.parse_net_config_data(network.get('network', network))
print(json.dumps({'user': user, 'meta': meta, 'interfaces': Renderer({})._render_interfaces(state)}))
`;

test.each(['vm1', 'no', '123', '0x1f', 'on', 'null'])(
  'a VM called %s is read as it was meant',
  async (hostname) => {
    const lab = labOfSize(2, { sandbox: true });
    const [first] = lab.vms;
    if (first === undefined) throw new Error('a lab of two has a first VM');
    const seed = renderSeed({
      vm: { ...first, hostname },
      lab,
      instanceId: 'lab-vm1-0',
      mac: '02:00:00:00:00:01',
      byMac: false,
      nameservers: ['203.0.113.80'],
      mtu: 1400,
      hosts: [{ name: 'vm2', address: '192.168.6.2' }],
      clientKey: 'ssh-ed25519 AAAA client',
      hostKeyPrivate: '-----BEGIN\nkey==\n-----END\n',
      hostKeyPublic: 'ssh-ed25519 BBBB host',
      passwordHash: '$6$salt$hash: "quoted" #1',
    });
    const read = (await inImage(program, seed)) as {
      readonly user: {
        readonly hostname: string;
        readonly write_files: readonly { path: string; content: string }[];
        readonly users: readonly { hashed_passwd: string }[];
        readonly ssh_keys: Record<string, string>;
      };
      readonly meta: Record<string, string>;
      readonly interfaces: string;
    };
    expect(read.user.hostname).toBe(hostname);
    expect(read.meta).toEqual({ 'instance-id': 'lab-vm1-0', 'local-hostname': hostname });
    expect(read.user.users[0]?.hashed_passwd).toBe('$6$salt$hash: "quoted" #1');
    expect(read.user.ssh_keys.ed25519_private).toBe('-----BEGIN\nkey==\n-----END\n');
    const hosts = read.user.write_files.find(({ path }) => path === '/etc/hosts')?.content.split('\n');
    expect(hosts).toEqual(expect.arrayContaining([`127.0.0.1 ${hostname}`, '192.168.6.2 vm2']));
    const lines = read.interfaces.split('\n').map((line) => line.trim());
    expect(lines).toEqual(
      expect.arrayContaining([
        'auto eth0',
        'iface eth0 inet static',
        'address 192.168.6.1/24',
        'gateway 192.168.6.10',
        'mtu 1400',
      ]),
    );
  },
);

const renaming = `
import json, sys
from cloudinit import net, subp, util
network = util.load_yaml(json.load(sys.stdin)['networkConfig'])
typed = []
subp.subp = lambda argv, **_: typed.append(argv)
card = {'downable': True, 'device_id': '0x1000', 'driver': 'virtio_net', 'mac': '52:54:00:ab:cd:ef', 'name': 'ens9', 'up': False}
net._rename_interfaces(net.extract_physdevs(network), current_info={'ens9': card})
print(json.dumps(typed))
`;

test('the NIC of an image that labnet did not build is renamed by its MAC address before it is up', async () => {
  const lab = labOfSize(1, { sandbox: true });
  const [vm] = lab.vms;
  if (vm === undefined) throw new Error('a lab of one has a VM');
  const seed = renderSeed({
    ...{
      vm,
      lab,
      instanceId: 'lab-vm1-0',
      mac: '52:54:00:AB:CD:EF',
      byMac: true,
      nameservers: [],
      mtu: 1400,
    },
    ...{
      hosts: [],
      clientKey: 'ssh-ed25519 AAAA',
      hostKeyPrivate: 'key\n',
      hostKeyPublic: 'ssh-ed25519 BBBB',
    },
    passwordHash: '$6$salt$hash',
  });
  expect(await inImage(renaming, seed)).toEqual([['ip', 'link', 'set', 'ens9', 'name', 'eth0']]);
});
