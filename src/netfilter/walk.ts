import type { Chain, Packet, Rule, Ruleset, Stop } from './ruleset.ts';

/** An end of a packet's walk through one chain, as far as can be told. */
type End = { readonly kind: 'accept' | 'return' } | { readonly kind: 'drop'; readonly stop: Stop };

/** How deep the kernel lets chains call one another (NFT_JUMP_STACK_SIZE of nf_tables.h). */
const deepest = 16;

/**
 * What stops a packet for certain: a base chain in which every walk that the rules allow ends in a drop. A rule whose
 * match cannot be told may match or not, so that both ways are followed. Each base chain of a hook has to accept: one
 * table's accept does not overrule another's drop (nft(8), "verdict statements").
 */
export function stopsOf(packet: Packet, ruleset: Ruleset): readonly Stop[] {
  return ruleset
    .filter(({ hook, family }) => hook === packet.hook && packet.families.includes(family))
    .flatMap((base) => {
      const ends = walk(base, { packet, ruleset, base }, 0);
      const drops = ends.flatMap((end) => (end.kind === 'drop' ? [end.stop] : []));
      return drops.length === ends.length ? drops.slice(0, 1) : [];
    });
}

interface Walk {
  readonly packet: Packet;
  readonly ruleset: Ruleset;
  readonly base: Chain;
}

function walk(chain: Chain, on: Walk, depth: number): readonly End[] {
  const ends: End[] = [];
  for (const rule of chain.rules) {
    const matches = matchOf(rule, on.packet);
    if (matches === false) continue;
    const through = verdictOf(rule, chain, on, depth);
    ends.push(...through.ends);
    if (matches === true && !through.goesOn) return ends;
  }
  if (chain.hook === undefined) return [...ends, { kind: 'return' }];
  const end: End =
    chain.policy === 'accept'
      ? { kind: 'accept' }
      : { kind: 'drop', stop: { chain, base: on.base, rule: undefined } };
  return [...ends, end];
}

/** The ends of a rule that matches, and whether a walk may go on behind it. */
function verdictOf(
  rule: Rule,
  chain: Chain,
  on: Walk,
  depth: number,
): { readonly ends: readonly End[]; readonly goesOn: boolean } {
  const { verdict } = rule;
  switch (verdict.kind) {
    case 'accept':
    case 'unknown':
      return { ends: [{ kind: 'accept' }], goesOn: false };
    case 'drop':
      return { ends: [{ kind: 'drop', stop: { chain, base: on.base, rule } }], goesOn: false };
    case 'return':
      return chain.hook === undefined
        ? { ends: [{ kind: 'return' }], goesOn: false }
        : { ends: walk({ ...chain, rules: [] }, on, depth), goesOn: false };
    default: {
      const target = on.ruleset.find(
        ({ tool, family, table, name }) =>
          tool === chain.tool && family === chain.family && table === chain.table && name === verdict.target,
      );
      if (target === undefined || depth >= deepest) return { ends: [{ kind: 'accept' }], goesOn: true };
      const ends = walk(target, on, depth + 1);
      const returns = ends.some(({ kind }) => kind === 'return');
      const others = ends.filter(({ kind }) => kind !== 'return');
      if (!returns || verdict.kind === 'jump') return { ends: others, goesOn: returns };
      // What a goto's chain does not decide is decided as at the end of this one.
      return { ends: [...others, ...walk({ ...chain, rules: [] }, on, depth)], goesOn: false };
    }
  }
}

/** True when all tests hold, false when one does not, undefined when that cannot be told. */
function matchOf({ tests }: Rule, packet: Packet): boolean | undefined {
  const results = tests.map((test) => test(packet));
  if (results.includes(false)) return false;
  return results.includes(undefined) ? undefined : true;
}
