/**
 * A whole lab as it was at one moment: each VM's memory, devices, disk, seed and console, with the keys and passwords
 * that the VMs know. It is a directory that root alone may look into; `saved.json` is written last, so that half a
 * directory is no saved lab.
 */

import { basename } from 'node:path';
import type { Host } from '../host/host.ts';
import { type Plan, specsOf } from '../plan/plan.ts';
import type { ResourceSpec } from '../resource/index.ts';
import * as z from '../zod.ts';

/** The version of the form, raised when an older labnet could not use what a newer one wrote. */
const format = 1;

const noteSchema = z.strictObject({
  format: z.literal(format),
  lab: z.string(),
  /** Names what the lab was made from; see lab-key.ts. */
  key: z.string(),
  /** When the lab was saved, ISO 8601. */
  created: z.iso.datetime(),
  /** Bytes of each file, by which one that a crash cut short is noticed. */
  files: z.record(z.string(), z.number()),
});

/** What `saved.json` tells of a saved lab. */
export type SavedNote = z.infer<typeof noteSchema>;

const noteFile = (directory: string) => `${directory}/saved.json`;

/** What is saved in a directory, and the bytes it takes on the disk, if all of it is there; undefined otherwise. */
export async function readSaved(
  directory: string,
  host: Host,
): Promise<(SavedNote & { readonly bytes: number }) | undefined> {
  const text = await host.read(noteFile(directory));
  const note = text === undefined ? undefined : noteSchema.safeParse(parsed(text)).data;
  if (note === undefined) return undefined;
  let bytes = 0;
  for (const [name, size] of Object.entries(note.files)) {
    const facts = await host.stat(`${directory}/${name}`);
    if (facts?.kind !== 'file' || facts.size !== size) return undefined;
    bytes += facts.allocated;
  }
  return { ...note, bytes };
}

/** Closes a directory that has been filled: from then on it counts as a saved lab. */
export async function closeSaved(
  directory: string,
  { lab, key }: Pick<SavedNote, 'lab' | 'key'>,
  host: Host,
): Promise<void> {
  const files: Record<string, number> = {};
  for (const name of await host.list(directory))
    files[name] = (await host.stat(`${directory}/${name}`))?.size ?? 0;
  const note: SavedNote = { format, lab, key, created: new Date().toISOString(), files };
  await host.write(noteFile(directory), JSON.stringify(note), { mode: 0o600 });
}

/** The file of a saved lab that a resource of the plan comes from; undefined for a resource that is made anew. */
export function savedFile(spec: ResourceSpec, directory: string): string | undefined {
  const { vm: name } = spec;
  switch (spec.kind) {
    case 'key-pair':
      // The lab's own key has no VM.
      return `${directory}/${name ?? basename(spec.path)}.key`;
    case 'password':
      return `${directory}/${name}.password`;
    case 'seed':
      return `${directory}/${name}.seed`;
    case 'overlay':
      return `${directory}/${name}.disk`;
    case 'machine':
      return `${directory}/${name}.memory`;
    default:
      return undefined;
  }
}

/** Whether the VMs of a saved lab know the passwords that the lab file gives now. */
export async function givenPasswords(
  directory: string,
  plan: Plan,
  secrets: ReadonlyMap<string, string>,
  host: Host,
): Promise<boolean> {
  for (const spec of specsOf(plan)) {
    if (spec.kind !== 'password' || spec.given === undefined) continue;
    if ((await host.read(savedFile(spec, directory) ?? '')) !== secrets.get(spec.given)) return false;
  }
  return true;
}

/** The plan with all that is saved taken from that directory. */
export function fromSaved(plan: Plan, directory: string): Plan {
  const stages = plan.stages.map(({ title, specs }) => ({
    title,
    specs: specs.map((spec) => {
      const saved = savedFile(spec, directory);
      return saved === undefined ? spec : ({ ...spec, saved } as ResourceSpec);
    }),
  }));
  return { ...plan, stages };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
