import * as z from 'zod';
import type { Host } from './host.ts';

/** Another program's firewall that would stop a lab's packets. */
export interface Neighbour {
  readonly name: string;
  readonly message: string;
  /** What lets the lab's packets through. */
  readonly remedy: string;
}

const chains = z.object({
  nftables: z.array(
    z.looseObject({
      chain: z
        .looseObject({
          family: z.string(),
          table: z.string(),
          name: z.string(),
          hook: z.string().optional(),
          policy: z.string().optional(),
        })
        .optional(),
    }),
  ),
});

/**
 * Every base chain that drops forwarded packets and is not labnet's. An accept in labnet's own table cannot overrule
 * it: each chain of a hook has to accept (nft(8), "verdict statements").
 */
export async function readNeighbours(host: Host): Promise<readonly Neighbour[]> {
  const { stdout } = await host.run(['nft', '--json', 'list', 'chains']);
  const all = chains
    .parse(JSON.parse(stdout))
    .nftables.flatMap(({ chain }) => (chain === undefined ? [] : [chain]));
  const dropping = all.filter(
    ({ hook, policy, table }) => hook === 'forward' && policy === 'drop' && !table.startsWith('labnet_'),
  );
  return dropping.map(({ family, table, name }) => {
    const has = (wanted: string) => all.some((chain) => chain.table === table && chain.name === wanted);
    const message = `the chain ${family} ${table} ${name} drops what is forwarded`;
    if (has('DOCKER-USER')) {
      return {
        name: 'docker',
        message: `${message} (Docker)`,
        remedy:
          'sudo iptables -I DOCKER-USER -i br0 -j ACCEPT && sudo iptables -I DOCKER-USER -o br0 -j ACCEPT',
      };
    }
    if (has('ufw-before-forward')) {
      return {
        name: 'ufw',
        message: `${message} (ufw)`,
        remedy: 'sudo ufw route allow in on br0 && sudo ufw route allow out on br0',
      };
    }
    return {
      name: table,
      message,
      remedy: `accept br0 in it: sudo nft insert rule ${family} ${table} ${name} iifname br0 accept`,
    };
  });
}
