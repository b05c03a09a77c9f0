import * as z from '../zod.ts';

const image = z.looseObject({
  name: z.string(),
  path: z.string(),
  sha256: z.string(),
  size: z.number().describe('bytes of the file'),
  virtualSize: z.number().describe('bytes the guest sees'),
  source: z.enum(['build', 'pull', 'import']),
  created: z.string(),
  notes: z.array(z.string()),
});

const ok = z.literal(true);

/** The schemas of what the commands on the store of base images print with --json. */
export const imageSchemas = {
  'image-list': z.strictObject({
    ok,
    images: z.array(image),
    recipes: z.array(z.string()),
    refused: z
      .array(z.strictObject({ name: z.string(), reason: z.string() }))
      .optional()
      .describe("what of the store of this PC's admin is not used, for a user whose own store is another"),
  }),
  'image-build': z.strictObject({ ok, image }),
  'image-pull': z.strictObject({ ok, image }),
  'image-import': z.strictObject({ ok, image }),
  'image-info': z.strictObject({ ok, image }),
  'image-remove': z.strictObject({ ok, removed: z.string() }),
  'image-prune': z.strictObject({
    ok,
    dryRun: z.boolean().describe('nothing was removed'),
    files: z.array(z.strictObject({ path: z.string(), sha256: z.string(), bytes: z.number() })),
    freed: z.number().describe('bytes of all these'),
  }),
} as const;
