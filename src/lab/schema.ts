/**
 * lab.yaml, said once: types, error messages, the JSON Schema for editors and the reference in the README all come
 * from here.
 */
import * as z from '../zod.ts';
import {
  address,
  cidr,
  filePath,
  group,
  hostAndPort,
  hostname,
  hostPort,
  hostsName,
  interfaceName,
  mac,
  name,
  sshKey,
  tapPrefix,
  uplink,
  user,
  vmName,
} from './fields.ts';
import { password } from './password.ts';
import { disk, memory } from './sizes.ts';
import { freeText } from './text.ts';

const file = z.strictObject({
  path: filePath.describe('where in the VM'),
  content: freeText(262_144).describe('its text'),
  mode: z
    .string()
    .regex(/^[0-7]{3,4}$/, 'must be octal digits in quotes, such as "0644"')
    // cloud-init takes 0 for none given (its util.chmod), and the file would be 0644.
    .refine((text) => !/^0+$/.test(text), 'cannot be 0: write "0400", with which root alone reads the file')
    .default('0644')
    .describe('permissions, as for chmod'),
});

const hardware = {
  cpus: z.int().min(1).max(64).describe('processors of a VM'),
  memory: memory.describe('memory of a VM'),
  disk: disk.describe('size of the disk the VM sees; the file grows as it is written'),
  nic: z.enum(['virtio', 'e1000']).describe('network card'),
  bus: z.enum(['virtio', 'ide']).describe('how the disk is attached'),
  boot: z
    .enum(['direct', 'firmware'])
    .describe(
      "direct: QEMU starts the image's kernel, which is faster; firmware: the disk's own boot loader does",
    ),
  user: user.describe('the user that is made in a VM, with sudo'),
  groups: z.array(group).max(32).describe('groups that the user is in; those that are not there are made'),
};

const defaults = z.strictObject({
  cpus: hardware.cpus.default(2),
  memory: hardware.memory.default('512M'),
  disk: hardware.disk.default('10G'),
  nic: hardware.nic.default('virtio'),
  bus: hardware.bus.default('virtio'),
  boot: hardware.boot.default('direct'),
  user: hardware.user.default('student'),
  groups: hardware.groups.default([]),
});

const network = z.strictObject({
  name: interfaceName.default('br0').describe('the bridge'),
  address: cidr
    .default('192.168.6.10/24')
    .describe("the host's own address on the bridge, and the guests' gateway"),
  nat: z.boolean().default(true).describe('guests reach the outside under the address of the host'),
  uplink: uplink
    .default('auto')
    .describe('auto: by each link that the host itself goes by; a name: by this link alone'),
  dns: z
    .union(
      [z.literal('auto'), z.array(address).min(1).max(3)],
      'must be auto or a list of up to three IPv4 addresses',
    )
    .default('auto')
    .describe("auto: the host's real resolvers, never a loopback one"),
  mtu: z
    .union([z.literal('auto'), z.int().min(576).max(9000)], 'must be auto or a number from 576 to 9000')
    .default('auto')
    .describe("auto: the uplink's"),
  isolate: z
    .enum(['auto', 'none', 'lan'])
    .default('auto')
    .describe(
      "lan: guests reach the internet, but none of the host's own local networks; none: these too; auto: lan for a user without root, else none",
    ),
  host_ports: z
    .array(hostPort)
    .default([])
    .describe('ports of the host that guests may connect to: 80/tcp, 53/udp'),
  taps: tapPrefix.default('tap').describe('prefix of the taps: tap0, tap1, …'),
});

const vm = z
  .strictObject({
    hostname: hostname.optional().describe("the VM's own name; left out: its key"),
    address: address
      .optional()
      .describe(
        "left out: VM number N gets the N-th that is not the bridge's. The file's order gives the numbers; a VM of a lab that is on this PC keeps its number",
      ),
    mac: mac.optional().describe('left out: derived from host, lab and VM'),
    cpus: hardware.cpus.optional(),
    memory: hardware.memory.optional(),
    disk: hardware.disk.optional(),
    nic: hardware.nic.optional(),
    bus: hardware.bus.optional(),
    boot: hardware.boot.optional(),
    user: hardware.user.optional(),
    groups: hardware.groups.optional(),
    packages: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, 'must be the name of a Debian package'))
      .default([])
      .describe('Debian packages to install at the first boot'),
    files: z.array(file).default([]).describe('files to write at the first boot'),
    run: z
      .array(freeText(65_536).regex(/\S/, 'must not be empty or blank: write a command'))
      .default([])
      .describe(
        'commands for /bin/sh, run by root at the end of the first boot, in order. Each has a shell of its own, starts in / with HOME=/root, and hands neither directory nor variables on. The first that fails is the last, and provision ends with 3. After a restart of the VM the rest goes on',
      ),
    hosts: z.record(hostsName, address).default({}).describe('further names for /etc/hosts'),
    ssh_keys: z.array(sshKey).default([]).describe('public keys that may enter'),
    password: password
      .default(null)
      .describe('plain or crypt(5) hash; null: a random one for the console, none for ssh'),
    cloud_config: z
      .record(z.string(), z.json())
      .default({})
      .describe('raw cloud-config, read as cloud-init reads it: lists are appended, scalars win'),
  })
  .nullable();

/** The schema of lab.yaml. */
export const labSchema = z.strictObject({
  name: name.default('lab').describe('name of the lab'),
  image: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be the name of a recipe or a stored image')
    .default('debian-11')
    .describe('a recipe or a stored image'),
  host: z
    .strictObject({
      forwarding: z
        .enum(['interface', 'global'])
        .default('interface')
        .describe(
          'interface: for the bridge and the links that guests go out by, and no other; global: net.ipv4.ip_forward',
        ),
    })
    .prefault({})
    .describe('what is set on the host itself'),
  networks: z
    .array(network)
    .length(1, 'must hold one network: several are not supported yet')
    .prefault([{}])
    .describe('the networks'),
  defaults: defaults.prefault({}).describe('what holds for every VM that says nothing else'),
  verify: z
    .strictObject({
      internet: hostAndPort.optional().describe('what the probes toward the internet connect to'),
    })
    .prefault({})
    .describe('how the lab is checked'),
  vms: z
    .record(vmName, vm)
    .refine((vms) => Object.keys(vms).length >= 1 && Object.keys(vms).length <= 100, 'must name 1 to 100 VMs')
    .describe('the VMs, by name'),
});

/** A lab file with its defaults filled in, not yet checked as a whole. */
export type LabFile = z.output<typeof labSchema>;

/** The JSON Schema (2020-12) of a lab file as it may be written: keys that have a default may be left out. */
export function labJsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(labSchema, { io: 'input', unrepresentable: 'any' }), title: 'labnet lab file' };
}
