/**
 * Secrets stand in plans, journals and printed scripts as tokens; only the file that needs the value gets it, at
 * the moment it is written. A token always stands inside a JSON string, so the value is put in JSON-escaped.
 */

const pattern = /@@labnet:(.+?)@@/g;

/** What PyYAML, which reads the seed, takes for a line's end or refuses even in quotes (see yaml-value.ts). */
const unlikeJson = /[\u2028\u2029\ufeff\ufffe\uffff]/g;
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16)}`;

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

/** What a token names: a file, and the salt when its hash is meant. */
export function readSecret(name: string): { readonly path: string; readonly salt?: string | undefined } {
  const [, salt, path] = /^crypt\((\w+)\):(.*)$/s.exec(name) ?? [];
  return { path: path ?? name, salt };
}

/** What the tokens of a text name. */
export function secretsIn(text: string): string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''))];
}

/** Puts the secrets in. @throws when one is not in `values`: a plan that names a file it does not make is a bug. */
export function fillSecrets(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(pattern, (_, name: string) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`no secret at ${name}`);
    return JSON.stringify(value).slice(1, -1).replace(unlikeJson, escaped);
  });
}
