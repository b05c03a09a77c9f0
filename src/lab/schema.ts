/**
 * lab.yaml, said once: types, error messages, the JSON Schema for editors and the reference in the README all come
 * from here.
 */
import { z } from 'zod';
import { isAddress } from './addressing.ts';
import { isInterfaceName } from './naming.ts';
import { parseMemory, parseSize } from './quantity.ts';
import { freeText, lineOfText } from './text.ts';

const address = z
  .string()
  .refine(isAddress, 'must be an IPv4 address such as 192.168.6.1, without leading zeros');

const cidr = z.string().refine((text) => {
  const [host = '', prefix = '', ...rest] = text.split('/');
  return rest.length === 0 && isAddress(host) && /^([89]|[12]\d|30)$/.test(prefix);
}, 'must be an address with a prefix from /8 to /30, such as 192.168.6.10/24');

const interfaceName = z
  .string()
  .refine(
    isInterfaceName,
    'must be an interface name: a-z, 0-9 and dashes, at most 15, not starting with vt- ve- vb- vz-',
  );

/** RFC 1123: a label of letters, digits and dashes, in small letters as /etc/hosts is read. */
const hostname = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a host name: a-z, 0-9 and dashes, at most 63');

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,19}$/, 'must be 1 to 20 of a-z, 0-9 and dashes, not starting with a dash');

const vmName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be 1 to 20 of a-z, 0-9 and dashes, starting with a letter');

const mac = z
  .string()
  .regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, 'must be a MAC address such as 00:11:22:33:44:51')
  .refine(
    (text) => Number.parseInt(text.slice(0, 2), 16) % 2 === 0,
    'must be a unicast MAC address: the second digit even',
  )
  .refine((text) => !/^(00:){5}00$/.test(text), 'must not be all zeros');

const memory = z
  .string()
  .refine((text) => (parseMemory(text) ?? 0) >= 64, 'must be a size of at least 64M, such as 512M or 2G');

const disk = z
  .string()
  .refine((text) => (parseSize(text) ?? 0) >= 2 * 1024 ** 3, 'must be a size of at least 2G, such as 10G');

const user = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,30}$/, 'must be a user name: a-z, 0-9, _ and -, starting with a letter')
  .refine((text) => text !== 'root', 'must not be root: the VMs let nobody in as root');

const file = z.strictObject({
  path: lineOfText(4096)
    .regex(/^\/(?!.*(\/\.\.?(\/|$)|\/\/)).*[^/]$/, 'must be an absolute path to a file, without . or ..')
    .describe('where in the VM'),
  content: freeText(262_144).describe('its text'),
  mode: z
    .string()
    .regex(/^[0-7]{3,4}$/, 'must be octal digits in quotes, such as "0644"')
    .default('0644')
    .describe('permissions, as for chmod'),
});

const password = freeText(256)
  .regex(/^[^\n\t]+$/, 'must be one line and not empty')
  .nullable();

const hardware = {
  cpus: z.int().min(1).max(64).describe('processors of a VM'),
  memory: memory.describe('memory of a VM'),
  disk: disk.describe('size of the disk the VM sees; the file grows as it is written'),
  nic: z.enum(['virtio', 'e1000']).describe('network card'),
  bus: z.enum(['virtio', 'ide']).describe('how the disk is attached'),
  user: user.describe('the user that is made in a VM, with sudo'),
};

const defaults = z.strictObject({
  cpus: hardware.cpus.default(2),
  memory: hardware.memory.default('512M'),
  disk: hardware.disk.default('10G'),
  nic: hardware.nic.default('virtio'),
  bus: hardware.bus.default('virtio'),
  user: hardware.user.default('student'),
});

const network = z.strictObject({
  name: interfaceName.default('br0').describe('the bridge'),
  address: cidr
    .default('192.168.6.10/24')
    .describe("the host's own address on the bridge, and the guests' gateway"),
  nat: z.boolean().default(true).describe('guests reach the outside under the address of the host'),
  uplink: z
    .string()
    .regex(/^[A-Za-z0-9_.@-]{1,15}$/, 'must be auto or the name of an interface')
    .default('auto')
    .describe("auto: the default route's interface"),
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
  taps: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,11}$/, 'must be a prefix of at most 12 of a-z, 0-9 and dashes')
    .refine(isInterfaceName, 'must not start with vt- ve- vb- vz-')
    .default('tap')
    .describe('prefix of the taps: tap0, tap1, …'),
});

const vm = z
  .strictObject({
    hostname: hostname.optional().describe("the VM's own name; left out: its key"),
    address: address.optional().describe('left out: the next free address of the subnet'),
    mac: mac.optional().describe('left out: derived from host, lab and VM'),
    cpus: hardware.cpus.optional(),
    memory: hardware.memory.optional(),
    disk: hardware.disk.optional(),
    nic: hardware.nic.optional(),
    bus: hardware.bus.optional(),
    user: hardware.user.optional(),
    packages: z
      .array(z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, 'must be the name of a Debian package'))
      .default([])
      .describe('Debian packages to install at the first boot'),
    files: z.array(file).default([]).describe('files to write at the first boot'),
    run: z
      .array(freeText(65_536).min(1))
      .default([])
      .describe('shell lines to run at the end of the first boot'),
    hosts: z.record(hostname, address).default({}).describe('further names for /etc/hosts'),
    ssh_keys: z
      .array(
        lineOfText(16_384).regex(
          /^(ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,3}( .*)?$/,
          'must be a public ssh key: a type, the key, a comment',
        ),
      )
      .default([])
      .describe('public keys that may enter'),
    password: password
      .default(null)
      .describe('plain or crypt(5) hash; null: a random one for the console, none for ssh'),
    cloud_config: z
      .record(z.string(), z.json())
      .default({})
      .describe('raw cloud-config: lists are appended, scalars win'),
  })
  .nullable();

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
        .describe('interface: for bridge and uplink alone; global: net.ipv4.ip_forward'),
    })
    .prefault({})
    .describe('what is set on the host itself'),
  networks: z
    .array(network)
    .length(1, 'one network is supported now')
    .prefault([{}])
    .describe('the networks'),
  defaults: defaults.prefault({}).describe('what holds for every VM that says nothing else'),
  verify: z
    .strictObject({
      internet: z
        .string()
        .regex(/^[A-Za-z0-9.-]{1,253}:([1-9]\d{0,4})$/, 'must be host:port')
        .optional()
        .describe('what the probes toward the internet connect to'),
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

/** JSON Schema (2020-12) of what may be written: defaults need not be. */
export function labJsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(labSchema, { io: 'input', unrepresentable: 'any' }), title: 'labnet lab file' };
}
