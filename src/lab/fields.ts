/** What each kind of value in a lab file may be, and what is said when it is not. */
import * as z from '../zod.ts';
import { isAddress, isForComputers } from './addressing.ts';
import { isInterfaceName, isLinkName, tapName } from './naming.ts';
import { parseMemory, parseSize } from './quantity.ts';
import { lineOfText } from './text.ts';

export const address = z
  .string()
  .refine(isAddress, 'must be an IPv4 address such as 192.168.6.1, without leading zeros');

export const cidr = z
  .string()
  .refine((text) => {
    const [host = '', prefix = '', ...rest] = text.split('/');
    return rest.length === 0 && isAddress(host) && /^([89]|[12]\d|30)$/.test(prefix);
  }, 'must be an address with a prefix from /8 to /30, such as 192.168.6.10/24')
  .refine((text) => {
    const [host = ''] = text.split('/');
    return !isAddress(host) || isForComputers(host);
  }, 'must not lie in 0/8, 127/8, 169.254/16 or from 224 on: no network of computers may');

export const interfaceName = z
  .string()
  .refine(
    isInterfaceName,
    'must be an interface name: a-z, 0-9 and dashes, at most 15, not starting with vt- ve- vb- vz-',
  );

/** The highest number of a tap: there are at most 100 VMs. */
const lastTap = 99;

export const tapPrefix = z
  .string()
  .refine(
    (text) => isInterfaceName(tapName(text, lastTap)),
    'must be a prefix of at most 13 of a-z, 0-9 and dashes, not starting with vt- ve- vb- vz-',
  );

/** An interface of the host, so of any name that Linux allows and programs bear. */
/** A name that the kernel lists it by, or a further one, which may be longer (ALTIFNAMSIZ of <linux/if.h>). */
export const uplink = z
  .string()
  .refine(
    (name) => isLinkName(name) || (name.length < 128 && /^[A-Za-z0-9_][A-Za-z0-9_.-]{15,}$/.test(name)),
    'must be auto or the name of an interface',
  );

/** RFC 1123: a label of letters, digits and dashes, in small letters as /etc/hosts is read. */
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

export const hostname = z
  .string()
  .regex(new RegExp(`^${label}$`), 'must be a host name: a-z, 0-9 and dashes, at most 63');

/** A name in /etc/hosts may have a domain. RFC 1035, section 3.1: 253 characters at most. */
export const hostsName = z
  .string()
  .regex(
    new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`),
    'must be a host name: a-z, 0-9, dashes and dots, at most 63 between two dots',
  );

/** A port of the host, with its protocol. */
export const hostPort = z.string().refine((text) => {
  const [, port = '0'] = /^([1-9]\d{0,4})\/(?:tcp|udp)$/.exec(text) ?? [];
  return Number(port) >= 1 && Number(port) <= 65_535;
}, 'must be a port from 1 to 65535 with its protocol, such as 80/tcp or 53/udp');

/** Files and directories beside those that are called after labs and VMs. */
const keptNames = ['holder', 'internet'];

const notKept = [
  (text: string) => !keptNames.includes(text),
  `must be another word: labnet keeps ${keptNames.join(' and ')} for itself`,
] as const;

export const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,19}$/, 'must be 1 to 20 of a-z, 0-9 and dashes, not starting with a dash')
  .refine(...notKept);

export const vmName = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?$/,
    'must be 1 to 20 of a-z, 0-9 and dashes, starting with a letter and not ending with a dash',
  )
  .refine(...notKept);

export const mac = z
  .string()
  .regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, 'must be a MAC address such as 00:11:22:33:44:51')
  .refine(
    (text) => Number.parseInt(text.slice(0, 2), 16) % 2 === 0,
    'must be a unicast MAC address: the second digit even',
  )
  .refine((text) => !/^(00:){5}00$/.test(text), 'must not be all zeros');

/** MiB; bytes. */
const sizes = { memory: [64, 1024 ** 2], disk: [2 * 1024 ** 3, 16 * 1024 ** 4] } as const;

export const memory = z
  .string()
  .refine(
    (text) => isBetween(parseMemory(text), sizes.memory),
    'must be a size of at least 64M and at most 1T, such as 512M or 2G',
  );

export const disk = z
  .string()
  .refine(
    (text) => isBetween(parseSize(text), sizes.disk),
    'must be a size of at least 2G and at most 16T, such as 10G',
  );

function isBetween(value: number | undefined, [least, most]: readonly [number, number]): boolean {
  return value !== undefined && value >= least && value <= most;
}

export const user = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,30}$/, 'must be a user name: a-z, 0-9, _ and -, starting with a letter')
  .refine((text) => text !== 'root', 'must not be root: the VMs let nobody in as root');

export const filePath = lineOfText(4096).regex(
  /^(?!.*(?:\/\.\.?(?:\/|$)|\/\/))\/.*[^/]$/,
  'must be an absolute path to a file, without . or ..',
);

/** sshd(8), AUTHORIZED_KEYS FILE FORMAT, without options. The key begins with its length: three zeros in base 64. */
export const sshKey = lineOfText(16_384).regex(
  /^(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+ AAAA[A-Za-z0-9+/]{20,}={0,3}(?: .*)?$/,
  'must be a public ssh key: a type, the key, a comment',
);

export const hostAndPort = z.string().refine((text) => {
  const [, port] = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}:([1-9]\d{0,4})$/.exec(text) ?? [];
  return port !== undefined && Number(port) <= 65_535;
}, 'must be host:port, such as www.debian.org:443');
