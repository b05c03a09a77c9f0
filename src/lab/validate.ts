/** Lab file → Lab: every mistake at once, each with its place; or a Lab in which everything is settled. */
import { LabnetError } from '../errors.ts';
import { checkLab } from './checks.ts';
import { type LabDocument, readDocument } from './document.ts';
import { diagnose } from './issues.ts';
import type { Lab } from './lab.ts';
import { withoutMistakes } from './lenient.ts';
import type { Diagnostic, Mistake } from './mistake.ts';
import { resolveLab } from './resolve.ts';
import { labSchema } from './schema.ts';

/** What the command line decides about a lab. */
export interface LabSettings {
  readonly sandbox: boolean;
}

/** The Lab that a file describes, or every mistake in the file. */
export type ParsedLab =
  | { readonly ok: true; readonly lab: Lab }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Reads and checks the text of a lab file. @param file the name shown in diagnostics */
export function parseLab(text: string, file: string, settings: LabSettings): ParsedLab {
  const document = readDocument(text, file);
  if (!('data' in document)) return { ok: false, diagnostics: inOrder(document) };
  const parsed = labSchema.safeParse(document.data);
  const issues = parsed.error?.issues ?? [];
  const whole = parsed.success ? parsed.data : withoutMistakes(document.data, issues);
  const ofNetwork = issues.filter(({ path }) => path[0] === 'networks');
  // An issue of the whole network may be an address with a misspelt key.
  const addresses = ofNetwork.every(({ path: [, , key] }) => key !== undefined && key !== 'address');
  const mistakes = whole === undefined ? [] : checkLab(whole, { addresses, links: ofNetwork.length === 0 });
  const diagnostics = [
    ...issues.flatMap((issue) => diagnose(issue, document)),
    ...mistakes.map((mistake) => place(mistake, document)),
  ];
  if (!parsed.success || diagnostics.length > 0) return { ok: false, diagnostics: inOrder(diagnostics) };
  return { ok: true, lab: resolveLab(parsed.data, settings) };
}

/**
 * The lab of `--vms N`: the lab sheet's network with that many VMs.
 * @throws LabnetError usage outside 1 to 100, or for a name that no lab can have.
 */
export function labOfSize(count: number, { sandbox, name }: LabSettings & { readonly name?: string }): Lab {
  if (!Number.isInteger(count) || count < 1 || count > 100) {
    throw new LabnetError('usage', `--vms ${count}: a lab has 1 to 100 VMs`);
  }
  const names = Array.from({ length: count }, (_, index) => `vm${index + 1}`);
  const vms = Object.fromEntries(names.map((vm) => [vm, {}]));
  const parsed = labSchema.safeParse({ name, vms });
  if (parsed.success) return resolveLab(parsed.data, { sandbox });
  throw new LabnetError('usage', `the name ${parsed.error.issues[0]?.message ?? 'is wrong'}`);
}

function place({ path, key, message, hint }: Mistake, document: LabDocument): Diagnostic {
  const where = key === undefined ? document.at(path) : document.atKey(path, key);
  return { ...where, message, hint };
}

/** The most mistakes that are told of one file: nobody reads more. */
const mostTold = 100;

/** The mistakes from the top of the file to its bottom; what is said of one place twice is told once. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const told = new Map(
    diagnostics.map((one) => [`${one.position.line}:${one.position.column}:${one.message}`, one]),
  );
  const sorted = [...told.values()].sort(
    ({ position: a }, { position: b }) => a.line - b.line || a.column - b.column,
  );
  const next = sorted[mostTold];
  if (next === undefined) return sorted;
  const more = { position: next.position, message: `and from here on ${sorted.length - mostTold} more` };
  return [...sorted.slice(0, mostTold), more];
}
