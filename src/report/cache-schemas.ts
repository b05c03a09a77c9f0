/** The JSON that the commands on what is kept print. */
import * as z from '../zod.ts';

const ok = z.literal(true);

/** The schema of the JSON of each command on what is kept, by the command's name. */
export const cacheSchemas = {
  'checkpoint-make': z.strictObject({ ok, lab: z.string(), checkpoint: z.string() }),
  'checkpoint-list': z.strictObject({
    ok,
    lab: z.string(),
    checkpoints: z.array(z.strictObject({ name: z.string(), created: z.string(), bytes: z.number() })),
    unreadable: z.array(z.string()).describe('names of those that are half made, or of another labnet'),
  }),
  'checkpoint-remove': z.strictObject({ ok, lab: z.string(), removed: z.array(z.string()) }),
  'cache-list': z.strictObject({
    ok,
    kept: z.array(
      z.strictObject({
        kind: z.enum(['state', 'template']),
        key: z.string().describe('names all that it was made from'),
        of: z.string().describe('the lab, or the image of a template'),
        created: z.string(),
        bytes: z.number(),
        used: z.number().describe('milliseconds since 1970'),
      }),
    ),
  }),
  'cache-prune': z.strictObject({ ok, removed: z.array(z.string()) }),
  'image-warm': z.strictObject({
    ok,
    templates: z.array(
      z.strictObject({
        key: z.string().describe('names all that it was made from'),
        vms: z.array(z.string()).describe('those that will be its clones'),
        made: z.boolean().describe('by this run'),
      }),
    ),
  }),
};
