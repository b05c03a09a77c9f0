/** What each kind of value in a lab file may be, and what is said when it is not. */
import * as z from '../zod.ts';
import { isAddress, isForComputers } from './addressing.ts';
import { baseUsers } from './base-accounts.ts';
import { isInterfaceName, isLinkName, tapName } from './naming.ts';
import { sshKeyFlaw } from './ssh-key.ts';
import { freeText, lineOfText } from './text.ts';

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

/**
 * An interface of the host, so of any name that Linux allows and programs bear: the name that the kernel lists it by,
 * or a further one, which may be longer (ALTIFNAMSIZ of <linux/if.h>).
 */
export const uplink = z
  .string()
  .refine(
    (name) => isLinkName(name) || (name.length < 128 && /^[A-Za-z0-9_][A-Za-z0-9_.-]{15,}$/.test(name)),
    'must be auto or the name of an interface',
  );

/** A label of a host name (RFC 1123): letters, digits and dashes, in small letters as /etc/hosts is read. */
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

export const hostname = z.string().regex(new RegExp(`^${label}$`), {
  error: ({ input }) => domainFlaw(input) ?? 'must be a host name: a-z, 0-9 and dashes, at most 63',
});

/** A host name of one or more labels between dots, 253 characters at most (RFC 1035, section 3.1). */
const dotted = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);

/** A name in /etc/hosts, which may have a domain. */
export const hostsName = z
  .string()
  .regex(dotted, 'must be a host name: a-z, 0-9, dashes and dots, at most 63 between two dots');

/**
 * What is wrong with a VM's name that has a domain; undefined for any other text. A VM's own name is the first part
 * alone; the whole can be one more name for its address.
 */
function domainFlaw(text: unknown): string | undefined {
  if (typeof text !== 'string' || !text.includes('.') || !dotted.test(text.toLowerCase())) return undefined;
  const [first = ''] = text.toLowerCase().split('.');
  return `must be a name without a domain: ${first}. The whole goes under hosts, with the VM's address: hosts: {${text.toLowerCase()}: 192.168.6.1}`;
}

/** A port of the host, with its protocol. */
export const hostPort = z.string().refine((text) => {
  const [, port = '0'] = /^([1-9]\d{0,4})\/(?:tcp|udp)$/.exec(text) ?? [];
  return Number(port) >= 1 && Number(port) <= 65_535;
}, 'must be a port from 1 to 65535 with its protocol, such as 80/tcp or 53/udp');

/**
 * Names that no lab and no VM may have: labnet's own files and directories of these names lie beside those of labs and
 * VMs.
 */
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
  .regex(/^[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?$/, {
    error: ({ input }) =>
      domainFlaw(input) ??
      'must be 1 to 20 of a-z, 0-9 and dashes, starting with a letter and not ending with a dash',
  })
  .refine(...notKept);

export const mac = z
  .string()
  .regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, 'must be a MAC address such as 00:11:22:33:44:51')
  .refine(
    (text) => Number.parseInt(text.slice(0, 2), 16) % 2 === 0,
    'must be a unicast MAC address: the second digit even',
  )
  .refine((text) => !/^(00:){5}00$/.test(text), 'must not be all zeros');

export const user = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,30}$/, 'must be a user name: 1 to 31 of a-z, 0-9, _ and -, the first a letter')
  .refine((text) => text !== 'root', 'must not be root: the VMs let nobody in as root')
  .refine((text) => text === 'root' || !baseUsers.has(text), {
    error: ({ input }) =>
      `must not be ${String(input)}: Debian has a user of that name, as whom nobody can log in; take another name, such as student`,
  })
  .refine((text) => !wordsOfCloudInit.includes(text), {
    error: ({ input }) =>
      `must not be ${String(input)}: the word means something else to cloud-init; take another name, such as student`,
  });

/**
 * Words that are no plain names to cloud-init: `default` is the image's own user (distros/ug_util.py); `none`, as an
 * owner of files, is nobody (util.py, extract_usergroup).
 */
const wordsOfCloudInit: readonly string[] = ['default', 'none'];

/** The name of a group, as Debian's groupadd(8) takes it. */
export const group = z
  .string()
  .regex(/^[a-z_][a-z0-9_-]{0,31}$/, 'must be the name of a group: a-z, 0-9, _ and -, at most 32');

export const filePath = lineOfText(4096).regex(
  /^(?!.*(?:\/\.\.?(?:\/|$)|\/\/))\/.*[^/]$/,
  'must be an absolute path to a file, without . or ..',
);

/** A public key as in a line of authorized_keys, without options (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */
export const sshKey = freeText(16_384).superRefine((line, context) => {
  const flaw = sshKeyFlaw(line);
  if (flaw !== undefined) context.addIssue({ code: 'custom', message: flaw });
});

export const hostAndPort = z.string().refine((text) => {
  const [, port] = /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}:([1-9]\d{0,4})$/.exec(text) ?? [];
  return port !== undefined && Number(port) <= 65_535;
}, 'must be host:port, such as www.debian.org:443');
