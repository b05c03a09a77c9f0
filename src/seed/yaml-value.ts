import { escapeUnlikeJson } from '../action/secrets.ts';

/**
 * A value as JSON that every YAML reader takes for the same value: the `json` helper of the templates.
 *
 * JSON is almost YAML. Three differences matter to PyYAML, which cloud-init uses (YAML 1.1): U+2028, U+2029 and U+FEFF
 * are line breaks or marks even inside quotes, U+FFFE and U+FFFF are refused, and a number with an exponent is a
 * number only if it has a point. And what turns the direction of text is written as an escape: a terminal must not obey
 * it, so that `plan` could not print what is performed.
 *
 * @throws Error for undefined and null, for what JSON cannot hold, and for text that YAML cannot carry. These are
 * bugs here: lab-text.ts refuses such text with a message for the user.
 */
export function yamlValue(value: unknown): string {
  if (value === undefined || value === null)
    throw new Error(`a seed template asks for a value that is ${value}`);
  return encode(value);
}

function encode(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return encodeText(value);
  if (typeof value === 'number') return encodeNumber(value);
  if (Array.isArray(value)) return `[${value.map(encode).join(', ')}]`;
  if (typeof value !== 'object') throw new Error(`a seed cannot hold a ${typeof value}`);
  const pairs = Object.entries(value).map(([key, held]) => `${encodeText(key)}: ${encode(held)}`);
  return `{${pairs.join(', ')}}`;
}

function encodeText(text: string): string {
  const flaw = textFlaw(text);
  if (flaw !== undefined) throw new Error(`a seed cannot hold ${flaw}`);
  return escapeUnlikeJson(JSON.stringify(text));
}

function encodeNumber(number: number): string {
  if (!Number.isFinite(number)) throw new Error(`a seed cannot hold the number ${number}`);
  if (Object.is(number, -0)) return '-0.0';
  return String(number).replace(/^(-?\d+)e/, '$1.0e');
}

/**
 * Names the first character that must not stand in a seed: U+007F and the C1 controls, which YAML calls not printable
 * (YAML 1.1, section 4.1), and halves of surrogate pairs, which UTF-8 cannot carry.
 */
export function textFlaw(text: string): string | undefined {
  const found = /[\u007f-\u009f]|\p{Surrogate}/u.exec(text)?.[0];
  if (found === undefined) return undefined;
  return `the character U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
