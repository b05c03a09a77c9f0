import type { Issue } from './issues.ts';
import { type LabFile, labSchema } from './schema.ts';

/** How far around a mistake the file is given up: the value, what holds it, and what holds that. */
const rounds = 3;

/**
 * The file without what the issues are about, so that the rest can be looked at as a whole and all mistakes are told at
 * once; undefined when too little is left.
 */
export function withoutMistakes(data: unknown, issues: readonly Issue[]): LabFile | undefined {
  const copy = structuredClone(data);
  let left = issues;
  for (let round = 0; round < rounds; round += 1) {
    for (const path of left.flatMap(mistaken)) remove(copy, path.slice(0, path.length - round));
    const parsed = labSchema.safeParse(copy);
    if (parsed.success) return parsed.data;
    left = parsed.error.issues;
  }
  return undefined;
}

function mistaken(issue: Issue): readonly (readonly PropertyKey[])[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...issue.path, key]);
  // A VM without its host name would be taken to have another one.
  const [top, vm, key] = issue.path;
  return [top === 'vms' && vm !== undefined && key === 'hostname' ? [top, vm] : issue.path];
}

/** Removes what is at a path. From a list nothing is taken out, which would move the rest: the whole list goes. */
function remove(data: unknown, path: readonly PropertyKey[]): void {
  const end = path.map((part) => typeof part === 'string').lastIndexOf(true);
  let node = data;
  for (const part of path.slice(0, Math.max(end, 0))) {
    if (typeof node !== 'object' || node === null) return;
    node = Reflect.get(node, part);
  }
  const last = path[end];
  if (typeof node === 'object' && node !== null && last !== undefined) Reflect.deleteProperty(node, last);
}
