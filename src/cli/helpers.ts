/** Processes of labnet's own that labnet starts beside itself. They load nothing of what the commands need. */
type Helper = (values: readonly string[], signal: AbortSignal) => Promise<void>;

const helpers: Readonly<Record<string, Helper>> = {
  /** Tries the way out of the canary's namespace: pace, host, port, bytes, resolvers. Prints what it found as JSON. */
  async reach([pace, host = '', port, bytes, ...resolvers]) {
    const { reach } = await import('../canary/reach.ts');
    const found = await reach({
      pace: Number(pace),
      host,
      port: Number(port),
      bytes: Number(bytes),
      resolvers,
    });
    process.stdout.write(`${JSON.stringify(found)}\n`);
  },
};

/** Undefined for what a user types. */
export function helperNamed(name: string): Helper | undefined {
  return Object.hasOwn(helpers, name) ? helpers[name] : undefined;
}
