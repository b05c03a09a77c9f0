/**
 * Does as Promise.all, but throws a failure only once the others have ended too: what undoes a failed step must not be
 * overtaken by the rest of it.
 *
 * @throws the first failure in the order given
 */
export async function allEnded<const T extends readonly unknown[]>(
  works: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(works);
  return Promise.all(works);
}
