import type { Host } from '../../src/host/host.ts';

/** A usual PC that can do only what a test gives it; anything else it is asked fails the test. */
export function partialHost(parts: Partial<Host>): Host {
  return new Proxy(
    { pace: 1, ground: 'pc', slowed() {}, ...parts },
    {
      get(target, key) {
        const part = Reflect.get(target, key);
        if (part === undefined) throw new Error(`the test's host cannot ${String(key)}`);
        return part;
      },
    },
  ) as Host;
}
