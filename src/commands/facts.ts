import type { Context, Result } from '../runs/context.ts';
import { gatherFacts } from '../runs/gather-facts.ts';

/** Prints what planning knows of this host, for `plan --facts`. */
export async function showFacts(context: Context): Promise<Result<'facts'>> {
  const facts = await gatherFacts(context, { accelerator: 'tcg', image: null });
  return { json: facts, text: JSON.stringify(facts, null, 2) };
}
