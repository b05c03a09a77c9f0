/** Lab file → Lab: every mistake at once, each with its place; or a Lab in which everything is settled. */
import type { z } from 'zod';
import { LabnetError } from '../errors.ts';
import type { Diagnostic } from '../report/diagnostic.ts';
import { checkLab, type Finding } from './checks.ts';
import { type LabDocument, readDocument } from './document.ts';
import type { Lab } from './lab.ts';
import { resolveLab } from './resolve.ts';
import { type LabFile, labSchema } from './schema.ts';
import { suggest } from './suggest.ts';

export interface LabSettings {
  readonly sandbox: boolean;
}

export type ParsedLab =
  | { readonly ok: true; readonly lab: Lab }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** @param file the name shown in diagnostics */
export function parseLab(text: string, file: string, settings: LabSettings): ParsedLab {
  const document = readDocument(text.replace(/^\uFEFF/, ''), file);
  if (Array.isArray(document)) return { ok: false, diagnostics: document };
  const parsed = labSchema.safeParse(document.data);
  const mistakes = parsed.success ? [] : parsed.error.issues.flatMap((issue) => diagnose(issue, document));
  // What is wrong in itself is left out for the look at the whole, so that both kinds of mistake are told at once.
  const whole = parsed.success ? parsed.data : lenient(document.data, parsed.error.issues);
  const findings = whole === undefined ? [] : checkLab(whole);
  const diagnostics = [...mistakes, ...findings.map((finding) => place(finding, document))];
  if (!parsed.success || diagnostics.length > 0) return { ok: false, diagnostics: diagnostics.sort(inOrder) };
  return { ok: true, lab: resolveLab(parsed.data, settings) };
}

/** The lab of `--vms N`: the standard network with that many VMs. @throws LabnetError usage outside 1 to 100. */
export function labOfSize(count: number, settings: LabSettings): Lab {
  if (!Number.isInteger(count) || count < 1 || count > 100) {
    throw new LabnetError('usage', `--vms ${count}: a lab has 1 to 100 VMs`);
  }
  const names = Array.from({ length: count }, (_, index) => `vm${index + 1}`);
  return resolveLab(labSchema.parse({ vms: Object.fromEntries(names.map((name) => [name, {}])) }), settings);
}

type Issue = z.core.$ZodIssue;

function diagnose(issue: Issue, document: LabDocument): readonly Diagnostic[] {
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(issue.path);
    return issue.keys.map((key) => {
      const meant = suggest(key, known);
      const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean "${meant}"?`;
      return { ...document.atKey(issue.path, key), message: `unknown key "${key}"`, hint };
    });
  }
  if (issue.code === 'invalid_key') {
    const message = issue.issues[0]?.message ?? issue.message;
    return [
      {
        ...document.atKey(issue.path.slice(0, -1), String(issue.path.at(-1))),
        message: `the name ${message}`,
      },
    ];
  }
  return [{ ...document.at(issue.path), message: wording(issue) }];
}

function wording(issue: Issue): string {
  const key = [...issue.path].reverse().find((part) => typeof part === 'string');
  const subject = key === undefined ? 'this' : `"${String(key)}"`;
  if (issue.code === 'invalid_type' && issue.message.includes('received undefined'))
    return `${subject} is missing`;
  if (issue.code === 'invalid_type')
    return `${subject} must be ${typeNames[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value') return `${subject} must be ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'too_big') return `${subject} is too large: at most ${String(issue.maximum)}`;
  if (issue.code === 'too_small') return `${subject} is too small: at least ${String(issue.minimum)}`;
  return `${subject} ${issue.message}`;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text (in quotes, where YAML would read something else)',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
};

/** The keys that the schema has at a path. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let node: z.core.$ZodType = labSchema;
  for (const part of [...path, undefined]) {
    node = unwrap(node);
    if (part === undefined) break;
    const def = node._zod.def as {
      shape?: Record<string, z.core.$ZodType>;
      element?: z.core.$ZodType;
      valueType?: z.core.$ZodType;
    };
    const next = def.shape?.[String(part)] ?? def.element ?? def.valueType;
    if (next === undefined) return [];
    node = next;
  }
  return Object.keys((node._zod.def as { shape?: object }).shape ?? {});
}

/** Defaults, optional and nullable wrap what they are about. */
function unwrap(node: z.core.$ZodType): z.core.$ZodType {
  const inner = (node._zod.def as { innerType?: z.core.$ZodType }).innerType;
  return inner === undefined ? node : unwrap(inner);
}

/** The file without what the issues are about, if that makes it right; each round may uncover more. */
function lenient(data: unknown, issues: readonly Issue[]): LabFile | undefined {
  const copy = structuredClone(data);
  for (const issue of issues) {
    const keys =
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of keys) remove(copy, path);
  }
  return labSchema.safeParse(copy).data;
}

function remove(data: unknown, path: readonly PropertyKey[]): void {
  let node = data;
  for (const part of path.slice(0, -1)) {
    if (typeof node !== 'object' || node === null) return;
    node = Reflect.get(node, part);
  }
  const last = path.at(-1);
  if (typeof node === 'object' && node !== null && last !== undefined && !Array.isArray(node))
    Reflect.deleteProperty(node, last);
}

function place({ path, key, message, hint }: Finding, document: LabDocument): Diagnostic {
  const where = key === undefined ? document.at(path) : document.atKey(path, key);
  return { ...where, message, hint };
}

function inOrder(a: Diagnostic, b: Diagnostic): number {
  return a.position.line - b.position.line || a.position.column - b.position.column;
}
