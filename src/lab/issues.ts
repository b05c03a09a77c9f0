/** What the schema finds wrong, in words for the person who wrote the file. */

import { isSecretKey } from '../text/masked.ts';
import { safeParse, type z } from '../zod.ts';
import type { LabDocument } from './document.ts';
import type { Diagnostic } from './mistake.ts';
import { readPlainScalar } from './plain-scalar.ts';
import { labSchema } from './schema.ts';
import { suggest } from './suggest.ts';

/** One thing that the schema finds wrong. */
export type Issue = z.core.$ZodIssue;

/** The mistakes of an issue, each with its place. */
export function diagnose(found: Issue, document: LabDocument): readonly Diagnostic[] {
  return leaves(found).flatMap((issue): readonly Diagnostic[] => {
    if (issue.code === 'unrecognized_keys') return unknownKeys(issue, document);
    if (issue.code !== 'invalid_key')
      return [
        {
          ...document.at(issue.path),
          message: `${wording(issue, document.wordAt(issue.path))}${unquoted(issue.path, document)}`,
        },
      ];
    const message = `the name ${issue.issues[0]?.message ?? issue.message}`;
    return [{ ...document.atKey(issue.path.slice(0, -1), String(issue.path.at(-1))), message }];
  });
}

/**
 * The issues within an issue: those of a union lie in the branch that got beyond the value's own type; without one, in
 * the union itself.
 */
function leaves(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inside = issue.errors.flat().filter(({ path }) => path.length > 0);
  if (inside.length === 0) return [issue];
  return inside.flatMap((inner) => leaves({ ...inner, path: [...issue.path, ...inner.path] }));
}

function unknownKeys({ path, keys }: z.core.$ZodIssueUnrecognizedKeys, document: LabDocument) {
  const known = knownKeys(path);
  return keys.map((key) => {
    const meant = suggest(key, known);
    const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean "${meant}"?`;
    return { ...document.atKey(path, key), message: `unknown key "${shortened(key)}"`, hint };
  });
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** The message of an issue. @param word what stands at its place without quotes */
function wording(issue: Issue, word: string | undefined): string {
  const key = issue.path.filter((part) => typeof part === 'string').at(-1);
  const subject = key === undefined ? 'this' : `"${shortened(String(key))}"`;
  if (issue.code === 'invalid_type' && issue.message.includes('received undefined'))
    return `${subject} is missing`;
  if (issue.code === 'invalid_type' && !issue.message.startsWith('Invalid input'))
    return `${subject} ${issue.message}`;
  if (issue.code === 'invalid_type') {
    const type = typeNames.get(issue.expected) ?? issue.expected;
    const told = `must be ${type}${spelling(issue.expected, word, isSecretKey(key))}`;
    return `${subject} ${quotedInVain(issue, word) ?? told}`;
  }
  if (issue.code === 'invalid_value') return `${subject} must be ${issue.values.map(String).join(' or ')}`;
  if (issue.code === 'too_big' && !issue.exact) return `${subject} ${tooBig(issue)}`;
  if (issue.code === 'too_small' && !issue.exact) return `${subject} ${tooSmall(issue)}`;
  if (issue.code === 'invalid_union' && issue.message === 'Invalid input')
    return `${subject} must hold texts, numbers, true, false, lists and maps alone`;
  return `${subject} ${issue.message}`;
}

/** How to write a number, true or false that is right but for its quotes; nothing of anything else. */
function unquoted(path: readonly PropertyKey[], document: LabDocument): string {
  const schema = schemaAt(path);
  const read = readPlainScalar(document.quotedAt(path) ?? '');
  if (schema === undefined || !('value' in read)) return '';
  const { value } = read;
  if ((typeof value !== 'number' && typeof value !== 'boolean') || !safeParse(schema, value).success)
    return '';
  return `: write ${value}, without quotes`;
}

/** What would still be wrong with a word in quotes; undefined when quotes help, or are not what is missing. */
function quotedInVain({ expected, path }: z.core.$ZodIssueInvalidType, word: string | undefined) {
  if (expected !== 'string' || word === undefined) return undefined;
  const schema = schemaAt(path);
  const [found] = (schema && safeParse(schema, asText(word)).error?.issues) ?? [];
  return found === undefined || found.message.startsWith('Invalid input') ? undefined : found.message;
}

/** A word as the text that it is likely meant to be: an octal number of YAML 1.2, 0o755, is 0755 for chmod. */
const asText = (word: string) => word.replace(/^0o/, '0');

/** How to write what the word most likely means: 0755 as text, yes as true. */
function spelling(expected: string, word: string | undefined, isSecret: boolean): string {
  if (word === undefined) return '';
  if (expected === 'boolean') {
    const read = readPlainScalar(word);
    return 'value' in read && typeof read.value === 'boolean' ? `: write ${read.value}` : '';
  }
  if (expected !== 'string') return '';
  return isSecret ? ': write it in quotes' : `: write it in quotes, "${shortened(asText(word))}"`;
}

function tooBig({ origin, maximum }: z.core.$ZodIssueTooBig): string {
  if (origin === 'string') return `is too long: at most ${maximum} characters`;
  if (origin === 'array') return `has too many entries: at most ${maximum}`;
  return `is too large: at most ${maximum}`;
}

function tooSmall({ origin, minimum }: z.core.$ZodIssueTooSmall): string {
  return origin === 'number' || origin === 'int' ? `is too small: at least ${minimum}` : 'must not be empty';
}

const typeNames: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a map of keys and values'],
  ['record', 'a map of keys and values'],
]);

interface Definition {
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  /** The schema that a default, an optional or a nullable wraps. */
  readonly innerType?: z.core.$ZodType;
}

/** The keys that the schema has at a path. */
function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const found = schemaAt(path);
  return found === undefined ? [] : Object.keys(definition(found).shape ?? {});
}

function schemaAt(path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  let found: z.core.$ZodType = labSchema;
  for (const part of path) {
    const inside = definition(found);
    const next = inside.shape?.[String(part)] ?? inside.element ?? inside.valueType;
    if (next === undefined) return undefined;
    found = next;
  }
  return found;
}

function definition(node: z.core.$ZodType): Definition {
  const own = node._zod.def as Definition;
  return own.innerType === undefined ? own : definition(own.innerType);
}
