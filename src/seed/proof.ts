import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';

/**
 * The text, if YAML 1.1 (what cloud-init's PyYAML reads) takes it for exactly what was meant.
 *
 * @throws Error otherwise, without quoting the text: a bug in a template.
 */
export function proved(name: string, text: string, intended: unknown): string {
  let found: unknown;
  try {
    found = parse(text, { version: '1.1', logLevel: 'error' });
  } catch (error) {
    throw new Error(`the rendered ${name} is no YAML`, { cause: error });
  }
  if (!isDeepStrictEqual(found, intended))
    throw new Error(`the rendered ${name} does not say what was meant`);
  return text;
}
