import { labJsonSchema } from '../lab/schema.ts';
import type { Result } from './context.ts';

/** The JSON Schema of lab.yaml, for editors. */
export async function schema(): Promise<Result> {
  const json = labJsonSchema();
  return { json, text: JSON.stringify(json, null, 2) };
}
