import type { Lab, Vm } from '../lab/lab.ts';
import type { HostLine } from './guest-files.ts';

/** All that a seed says. Keys and password are texts, or tokens that stand for them (see action/secrets.ts). */
export interface SeedInput {
  readonly vm: Vm;
  readonly lab: Lab;
  /** The id of the instance, of letters, digits, dots and hyphens. cloud-init does its work once per id. */
  readonly instanceId: string;
  /** The VM's own address. */
  readonly address: string;
  readonly mac: string;
  /**
   * Whether the image may call its NIC anything: the guest then finds it by its MAC address and calls it eth0.
   * Otherwise it is eth0, and the address is for the reader of the seed only.
   */
  readonly byMac: boolean;
  readonly nameservers: readonly string[];
  /** Whether the name servers are asked by TCP alone; left out: they are asked as usual. */
  readonly byTcp?: true;
  /** The MTU of the network in bytes. */
  readonly mtu: number;
  /** The other VMs, and the names of the lab file. */
  readonly hosts: readonly HostLine[];
  readonly clientKey: string;
  readonly hostKeyPrivate: string;
  readonly hostKeyPublic: string;
  /** The hash of the user's password, as /etc/shadow has it (crypt(5)). */
  readonly passwordHash: string;
}
