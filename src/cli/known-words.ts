/** Words that commands know by heart, for completion. What they come from is big, and loaded only for them. */

/** The kinds of resources that `explain` explains. */
export async function explained(): Promise<readonly string[]> {
  return (await import('../resource/index.ts')).kinds;
}

/** The commands whose output `schema` describes. */
export async function described(): Promise<readonly string[]> {
  return Object.keys((await import('../report/output-schemas.ts')).outputSchemas);
}
