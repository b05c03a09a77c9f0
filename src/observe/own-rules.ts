import type { Host } from '../host/host.ts';
import * as z from '../zod.ts';

const rule = z.looseObject({
  priority: z.number(),
  // This key is there, with whatever value, where the rule is for all packets but those it describes.
  not: z.unknown().optional(),
  iif: z.string().optional(),
  fwmark: z.string().optional(),
  uid_start: z.number().optional(),
  table: z.string().optional(),
  action: z.string().optional(),
});

/** A routing rule that only packets of this host's own meet. */
export interface OwnRule {
  readonly priority: number;
  /** The table that it leads to. */
  readonly table: string;
  /** What the rule asks for and guests' packets lack, in the words of ip-rule(8). */
  readonly by: string;
}

/** Tables that all packets come to in the end. */
const everybodys: readonly string[] = ['local', 'main', 'default'];

/**
 * The routing rules for IPv4 by which the host's own packets may go where those of a guest do not: they ask for a
 * packet that was made here (`iif lo`), a mark that programs here give, or the user of a program.
 */
export async function readOwnRules(host: Pick<Host, 'run'>): Promise<readonly OwnRule[]> {
  const { stdout } = await host.run(['ip', '-json', '-4', 'rule', 'show']);
  return z
    .array(rule)
    .parse(JSON.parse(stdout || '[]'))
    .flatMap((one) => {
      const by =
        one.iif === 'lo'
          ? 'iif lo'
          : one.fwmark !== undefined
            ? `fwmark ${one.fwmark}`
            : // A packet that is forwarded is looked up as of uid 0 (ip_route_input_slow in net/ipv4/route.c).
              one.uid_start !== undefined && one.uid_start > 0
              ? 'uidrange'
              : undefined;
      const { priority, table, action } = one;
      const others = by === undefined || 'not' in one || action !== undefined;
      if (others || table === undefined || everybodys.includes(table)) return [];
      return [{ priority, table, by }];
    });
}
