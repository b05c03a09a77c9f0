/**
 * The three files of a NoCloud seed, rendered and proved: what the templates make is read back as YAML 1.1 and
 * compared with what was meant.
 *
 * A guest keeps its first seed (see laterBootsFiles), so that the disk boots configured without the CD. A seed with
 * another instance-id is therefore for another disk, which every provision makes.
 */
import type { CloudConfig } from './cloud-config.ts';
import { addressShape } from './guest-files.ts';
import { checkShape } from './lab-text.ts';
import { proved } from './proof.ts';
import type { SeedInput } from './seed-input.ts';
import { shippedTemplates, type Templates } from './templates.ts';
import { intendedUserData } from './user-data.ts';

/** What the three files must say, as plain data. */
export interface IntendedSeed {
  readonly userData: CloudConfig;
  readonly metaData: Readonly<Record<string, unknown>>;
  readonly networkConfig: Readonly<Record<string, unknown>>;
}

/** The texts of the three files. */
export interface SeedTexts {
  readonly userData: string;
  readonly metaData: string;
  readonly networkConfig: string;
}

/**
 * What the three files of a seed must say.
 *
 * @throws LabnetError usage for text of the lab file that cannot stand in a seed.
 */
export function intendedSeed(input: SeedInput): IntendedSeed {
  return settle(input).intended;
}

/** What the files must say, and which keys of user-data have a place of their own in the template. */
function settle(input: SeedInput): { intended: IntendedSeed; own: ReadonlySet<string> } {
  const { vm, instanceId } = input;
  // One label: of a dotted name cloud-init would take the first part.
  checkShape(vm.hostname, /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/, `hostname of ${vm.name}`);
  checkShape(instanceId, /^[A-Za-z0-9][A-Za-z0-9.-]*$/, `instance id of ${vm.name}`);
  const { userData, own } = intendedUserData(input);
  const metaData = { 'instance-id': instanceId, 'local-hostname': vm.hostname };
  return { intended: { userData, metaData, networkConfig: intendedNetwork(input) }, own };
}

/**
 * The network-config, in format 1 (cloud-init's "Networking config Version 1"): Debian 11's cloud-init makes of it
 * `auto eth0`, `iface eth0 inet static` with address, gateway and mtu; newer ones take it too, while `gateway4` of
 * format 2 is deprecated.
 *
 * With `mac_address` cloud-init renames the NIC of that address before it is up. It compares letter by letter with what
 * the kernel tells, in small letters.
 */
function intendedNetwork({ lab, address, nameservers, mtu, mac, byMac }: SeedInput) {
  for (const one of [address, lab.network.address, ...nameservers]) {
    checkShape(one, addressShape, 'an address');
  }
  const subnet = {
    type: 'static',
    address: `${address}/${lab.network.prefix}`,
    gateway: lab.network.address,
    ...(nameservers.length > 0 && { dns_nameservers: nameservers }),
  };
  const card = { type: 'physical', name: 'eth0', ...(byMac && { mac_address: mac.toLowerCase() }), mtu };
  return { version: 1, config: [{ ...card, subnets: [subnet] }] };
}

/**
 * Renders the three files of a seed, and proves that they say what was meant.
 *
 * @throws LabnetError usage as intendedSeed does.
 * @throws Error when the text does not say what was meant: a bug in a template.
 */
export function renderSeed(input: SeedInput, templates: Templates = shippedTemplates()): SeedTexts {
  const { intended, own } = settle(input);
  const entries = Object.entries(intended.userData);
  const context = {
    ...Object.fromEntries(entries.filter(([key]) => own.has(key))),
    others: entries.filter(([key]) => !own.has(key)).map(([key, value]) => ({ key, value })),
  };
  return {
    userData: proved('user-data', templates.userData(context), intended.userData),
    metaData: proved('meta-data', templates.metaData(intended.metaData), intended.metaData),
    networkConfig: proved(
      'network-config',
      templates.networkConfig({ ...intended.networkConfig, mac: input.mac }),
      intended.networkConfig,
    ),
  };
}
