/**
 * Secrets stand in plans, journals and printed scripts as tokens; only the file that needs the value gets it, at
 * the moment it is written. A token always stands inside a JSON string, so the value is put in JSON-escaped.
 */

const pattern = /@@labnet:(.+?)@@/g;

/**
 * The characters that PyYAML, which reads the seed, takes for a line's end or refuses even in quotes; and those that
 * turn the direction of text (Unicode, UAX #9), which are shown as another sign wherever they are printed (see
 * yaml-value.ts).
 */
const unlikeJson = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

/** Escapes the characters that PyYAML does not read as JSON does, in text that stands within double quotes. */
export function escapeUnlikeJson(text: string): string {
  return text.replace(
    unlikeJson,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The text that stands for the content of a secret file. */
export function secretToken(path: string): string {
  return `@@labnet:${path}@@`;
}

/**
 * The text that stands for the hash of a secret file's content.
 *
 * @param salt letters and digits, of this secret alone
 */
export function hashToken(path: string, salt: string): string {
  return secretToken(`crypt(${salt}):${path}`);
}

/** Reads what a token names: a file, and the salt when the hash of its content is meant. */
export function readSecret(name: string): { readonly path: string; readonly salt?: string | undefined } {
  const [, salt, path] = /^crypt\((\w+)\):(.*)$/s.exec(name) ?? [];
  return { path: path ?? name, salt };
}

/** The names in the tokens of a text, each once. */
export function secretsIn(text: string): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''))];
}

/**
 * Puts the secrets in for their tokens.
 *
 * @throws Error when one is not in `values`: a plan that names a file it does not make is a bug
 */
export function fillSecrets(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(pattern, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`no secret at ${name}`);
    return escapeUnlikeJson(JSON.stringify(value).slice(1, -1));
  });
}
