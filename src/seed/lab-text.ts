/** What a lab file may bring into a seed: the last look at the user's own text before it is rendered. */
import { LabnetError } from '../errors.ts';
import { textFlaw, yamlValue } from './yaml-value.ts';

/** How a token of secrets.ts starts. In the user's text it would ask for a file of the host. */
const tokenStart = '@@labnet:';

/** The most characters of a key, as written in the seed: PyYAML gives up on a key of more than 1024. */
const longestKey = 1000;
/** The deepest nesting of a value: PyYAML gives up on nesting near Python's recursion limit. */
const deepest = 50;

/** Refuses text that cannot stand in a seed. @param where what the lab file calls it. @throws LabnetError usage */
export function checkText(text: string, where: string): void {
  const flaw = text.includes(tokenStart)
    ? `the text ${tokenStart}, which labnet keeps for itself`
    : textFlaw(text);
  if (flaw === undefined) return;
  throw new LabnetError('usage', `${where} has ${flaw}`, { hint: 'remove it from the lab file' });
}

/**
 * Refuses text of another shape, for text that becomes part of a line, such as a name in /etc/hosts.
 *
 * @throws LabnetError usage
 */
export function checkShape(text: string, shape: RegExp, where: string): void {
  if (!shape.test(text)) throw new LabnetError('usage', `${where} cannot be ${JSON.stringify(text)}`);
}

/** A copy made of plain JSON values only. @throws LabnetError usage for anything else in it. */
export function plainCopy(value: unknown, where: string, depth = 0): unknown {
  if (depth > deepest) throw new LabnetError('usage', `${where} is nested more than ${deepest} deep`);
  if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return value;
  if (typeof value === 'string') {
    checkText(value, where);
    return value;
  }
  if (Array.isArray(value))
    return value.map((item, index) => plainCopy(item, `${where}[${index}]`, depth + 1));
  if (!isMap(value)) throw new LabnetError('usage', `${where} is no text, number, list or map`);
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) => {
      checkText(key, `a key of ${where}`);
      if (yamlValue(key).length > longestKey) {
        throw new LabnetError('usage', `a key of ${where} is longer than ${longestKey} characters`);
      }
      return [key, plainCopy(held, `${where}.${key}`, depth + 1)];
    }),
  );
}

/** Whether a value is a plain map, `{…}`; lists, dates and objects of every other class are not. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
