import { createHash } from 'node:crypto';

/**
 * JSON in which data that means the same looks the same: keys in the order of their letters, and none whose value is
 * undefined. Lists keep their order.
 */
export function canonical(data: unknown): string {
  return JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}

/** Names data by what it means: eight hexadecimal digits of the SHA-256 of its canonical JSON. */
export function shortDigest(data: unknown): string {
  return createHash('sha256').update(canonical(data)).digest('hex').slice(0, 8);
}
