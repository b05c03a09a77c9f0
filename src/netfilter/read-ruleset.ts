import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { readIn } from '../host/namespace.ts';
import { parseIptables } from './read-iptables.ts';
import { parseNft } from './read-nft.ts';
import type { Chain, Ruleset } from './ruleset.ts';

/**
 * Every rule of the host, of nftables and of both backends of iptables; needs root. Tables that iptables-nft has made
 * are read from iptables, since nft prints only the names of its extensions.
 */
export async function readRuleset(host: Host, namespace?: string): Promise<Ruleset> {
  // The PC's own are not shown to an ordinary user, and no packet of a lab in a namespace passes them.
  if (host.ground === 'own' && namespace === undefined) return [];
  const [nft, legacy] = await Promise.all([readNft(host, namespace), readLegacy(host, namespace)]);
  return [...nft, ...legacy];
}

async function readNft(host: Host, namespace: string | undefined): Promise<readonly Chain[]> {
  const { stdout } = await host.run(['nft', '--json', '--stateless', '--terse', 'list', 'ruleset'], {
    namespace,
  });
  const { chains, foreignTo } = parseNft(stdout);
  if (![...foreignTo].some((table) => table.startsWith('ip '))) return chains;
  const theirs = parseIptables(await saved('iptables-nft-save', host, namespace), 'iptables-nft');
  const replaced = new Set(theirs.map(({ table }) => `ip ${table}`));
  return [...chains.filter(({ family, table }) => !replaced.has(`${family} ${table}`)), ...theirs];
}

/**
 * The chains of iptables-legacy. It is asked only where it has tables already, since it makes those that it looks at.
 */
async function readLegacy(host: Host, namespace: string | undefined): Promise<readonly Chain[]> {
  const names = await readIn(namespace, '/proc/net/ip_tables_names', host);
  if (names.trim() === '') return [];
  return parseIptables(await saved('iptables-legacy-save', host, namespace), 'iptables-legacy');
}

/** What a program of iptables prints; empty where it is not installed: then what nft shows of the rules has to do. */
async function saved(program: string, host: Host, namespace: string | undefined): Promise<string> {
  try {
    return (await host.run([program], { namespace })).stdout;
  } catch (error) {
    if (error instanceof LabnetError && error.code === 'missing-program') return '';
    throw error;
  }
}
