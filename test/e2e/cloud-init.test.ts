/** The seeds as cloud-init itself reads them: its own code, from the very image that the VMs boot. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { baseGroups, baseUsers } from '../../src/lab/base-accounts.ts';
import { labOfSize, parseLab } from '../../src/lab/validate.ts';
import { renderSeed } from '../../src/seed/seed.ts';
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
  for (const name of ['root', 'changes', 'changed']) mkdirSync(join(directory, name));
  await execa('qemu-img', ['convert', '-O', 'raw', join(state, 'images', `${sha256}.qcow2`), disk]);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs Python of the image in the image, in a mount namespace that goes with it; changes to the image go with it, too. */
async function inImage(program: string, input: unknown): Promise<unknown> {
  const [root, changes, changed] = ['root', 'changes', 'changed'].map((name) => join(directory, name));
  const line = [
    `mount -o ro,loop,offset=1048576 ${disk} ${root}`,
    `mount -t tmpfs changes ${changes}`,
    `mkdir ${changes}/upper ${changes}/work`,
    `mount -t overlay -o lowerdir=${root},upperdir=${changes}/upper,workdir=${changes}/work image ${changed}`,
    `exec chroot ${changed} /usr/bin/python3 -c "$0"`,
  ].join(' && ');
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
      address: '192.168.6.1',
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

/** What cloud-init's modules make of a seed, in an image that nobody boots. */
const applied = `
import grp, json, logging, os, pwd, stat, sys
from cloudinit import distros, helpers, util
from cloudinit.config import cc_users_groups, cc_write_files
config = util.load_yaml(json.load(sys.stdin)['userData'])
name = config['users'][0]['name']
class Cloud:
    distro = distros.fetch('debian')('debian', {}, helpers.Paths({}))
    def get_public_ssh_keys(self):
        return []
log = logging.getLogger()
cc_users_groups.handle('users_groups', config, Cloud(), log, [])
cc_write_files.handle('write_files', config, Cloud(), log, [])
user = pwd.getpwnam(name)
def facts(path):
    found = os.stat(path)
    return {'mode': '%o' % stat.S_IMODE(found.st_mode), 'owner': pwd.getpwuid(found.st_uid).pw_name}
print(json.dumps({
    'config': {key: config[key] for key in ('ca-certs', 'x') if key in config},
    'group': grp.getgrgid(user.pw_gid).gr_name,
    'groups': sorted(group.gr_name for group in grp.getgrall() if name in group.gr_mem),
    'shell': user.pw_shell,
    'keys': facts('/home/%s/.ssh/authorized_keys' % name),
    'files': {path: facts(path) for path in (file['path'] for file in config['write_files']) if '/srv/' in path or '/home/' in path},
}))
`;

/** The first VM of a lab file, as cloud-init makes it. */
async function madeOf(text: string): Promise<unknown> {
  const parsed = parseLab(text, 'lab.yaml', { sandbox: true });
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ message }) => message).join(', '));
  const [vm] = parsed.lab.vms;
  if (vm === undefined) throw new Error('a lab has a VM');
  const seed = renderSeed({
    vm,
    lab: parsed.lab,
    instanceId: 'lab-vm1-0',
    address: '192.168.6.1',
    mac: '02:00:00:00:00:01',
    byMac: false,
    nameservers: ['203.0.113.80'],
    mtu: 1400,
    hosts: [],
    clientKey: 'ssh-ed25519 AAAA client',
    hostKeyPrivate: '-----BEGIN\nkey==\n-----END\n',
    hostKeyPublic: 'ssh-ed25519 BBBB host',
    passwordHash: '$6$salt$hash',
  });
  return inImage(applied, seed);
}

test('words of cloud_config, modes of all kinds, and groups are what the lab file says', async () => {
  const text = `
vms:
  vm1:
    groups: [docker, adm]
    files:
      - {path: /srv/tool, mode: "4755", content: x}
      - {path: /srv/both, mode: "6711", content: x}
      - {path: /home/student/own, mode: "2755", content: x}
      - {path: /srv/plain, mode: "0640", content: x}
    cloud_config:
      ca-certs: {remove-defaults: no}
      x: [1e3, 0o17, 1:30, on, .5, ~]
      write_files:
        - {path: /srv/hello, permissions: 0755, content: x}
        - {path: /srv/conf, permissions: 0o644, content: x}
        - {path: /srv/sticky, permissions: 01777, content: x}
        - {path: /srv/setgid, permissions: "2750", owner: "student:adm", content: x}
`;
  const root = (mode: string) => ({ mode, owner: 'root' });
  expect(await madeOf(text)).toEqual({
    config: { 'ca-certs': { 'remove-defaults': false }, x: ['1e3', '0o17', 90, true, 0.5, null] },
    group: 'student',
    groups: ['adm', 'docker'],
    shell: '/bin/bash',
    keys: { mode: '600', owner: 'student' },
    files: {
      '/srv/tool': root('4755'),
      '/srv/both': root('6711'),
      '/home/student/own': { mode: '2755', owner: 'student' },
      '/srv/plain': root('640'),
      '/srv/hello': root('755'),
      '/srv/conf': root('644'),
      '/srv/sticky': root('1777'),
      '/srv/setgid': { mode: '2750', owner: 'student' },
    },
  });
});

test.each(['operator', 'adm', 'nogroup', 'sgx'])(
  'a user called %s, as a group of Debian, is made',
  async (user) => {
    const found = await madeOf(`vms: {vm1: {user: ${user}, groups: [docker]}}`);
    expect(found).toMatchObject({
      group: user,
      groups: expect.arrayContaining(['docker']),
      shell: '/bin/bash',
      keys: { mode: '600', owner: user },
    });
  },
);

test('the users and groups that labnet knows of are all that the image has', async () => {
  const read = `
import grp, json, pwd
print(json.dumps([[one.pw_name for one in pwd.getpwall()], [one.gr_name for one in grp.getgrall()]]))
`;
  const [users, groups] = (await inImage(read, null)) as readonly [readonly string[], readonly string[]];
  expect(users.filter((name) => !baseUsers.has(name))).toEqual([]);
  expect(groups.filter((name) => !baseGroups.has(name) && !baseUsers.has(name))).toEqual([]);
});

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
      address: '192.168.6.1',
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
