import { LabnetError } from '../errors.ts';
import { labJsonSchema } from '../lab/schema.ts';
import { outputSchemas } from '../report/output-schemas.ts';
import type { Result } from '../runs/context.ts';
import * as z from '../zod.ts';

/** Prints the JSON Schema of lab.yaml, for editors; or of what a command prints with --json. */
export async function schema(command: string | undefined): Promise<Result<'schema'>> {
  const json = command === undefined ? labJsonSchema() : outputSchema(command);
  return { json, text: JSON.stringify(json, null, 2) };
}

function outputSchema(command: string) {
  const found = Object.entries(outputSchemas).find(([name]) => name === command);
  if (found !== undefined) return z.toJSONSchema(found[1]);
  throw new LabnetError('usage', `no object is documented as ${command}`, {
    hint: `there is ${Object.keys(outputSchemas).join(', ')}`,
  });
}
