import { createHash } from 'node:crypto';

/**
 * JSON in which data that means the same looks the same: keys in the order of their letters, and none whose value is
 * undefined. Lists keep their order.
 */
export function canonical(data: unknown): string {
  return JSON.stringify(sorted(data));
}

function sorted(data: unknown): unknown {
  if (typeof data !== 'object' || data === null) return data;
  if (Array.isArray(data)) return data.map(sorted);
  // In an object without a prototype any key is an ordinary one, also "__proto__".
  const result: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(data).sort()) result[key] = sorted(Reflect.get(data, key));
  return result;
}

/** Names data by what it means: the digest of its canonical JSON. */
export const digestOfData = (data: unknown): string => shortDigest(canonical(data));

/** Eight hexadecimal digits of the SHA-256 of a text. */
export function shortDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
