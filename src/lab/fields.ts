/** What each kind of value in a lab file may be, and what is said when it is not. */
import { z } from 'zod';
import { isAddress } from './addressing.ts';
import { isInterfaceName } from './naming.ts';
import { parseMemory, parseSize } from './quantity.ts';
import { freeText } from './text.ts';

export const address = z
  .string()
  .refine(isAddress, 'must be an IPv4 address such as 192.168.6.1, without leading zeros');

export const cidr = z.string().refine((text) => {
  const [host = '', prefix = '', ...rest] = text.split('/');
  return rest.length === 0 && isAddress(host) && /^([89]|[12]\d|30)$/.test(prefix);
}, 'must be an address with a prefix from /8 to /30, such as 192.168.6.10/24');

export const interfaceName = z
  .string()
  .refine(
    isInterfaceName,
    'must be an interface name: a-z, 0-9 and dashes, at most 15, not starting with vt- ve- vb- vz-',
  );

/** RFC 1123: a label of letters, digits and dashes, in small letters as /etc/hosts is read. */
export const hostname = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be a host name: a-z, 0-9 and dashes, at most 63');

export const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,19}$/, 'must be 1 to 20 of a-z, 0-9 and dashes, not starting with a dash');

export const vmName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,19}$/, 'must be 1 to 20 of a-z, 0-9 and dashes, starting with a letter');

export const mac = z
  .string()
  .regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, 'must be a MAC address such as 00:11:22:33:44:51')
  .refine(
    (text) => Number.parseInt(text.slice(0, 2), 16) % 2 === 0,
    'must be a unicast MAC address: the second digit even',
  )
  .refine((text) => !/^(00:){5}00$/.test(text), 'must not be all zeros');

export const memory = z
  .string()
  .refine((text) => (parseMemory(text) ?? 0) >= 64, 'must be a size of at least 64M, such as 512M or 2G');

export const disk = z
  .string()
  .refine((text) => (parseSize(text) ?? 0) >= 2 * 1024 ** 3, 'must be a size of at least 2G, such as 10G');

export const user = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,30}$/, 'must be a user name: a-z, 0-9, _ and -, starting with a letter')
  .refine((text) => text !== 'root', 'must not be root: the VMs let nobody in as root');

export const password = freeText(256)
  .regex(/^[^\n\t]+$/, 'must be one line and not empty')
  .nullable();
