import { writeOut } from './write-out.ts';

/** What labnet starts beside itself, and what shells ask it. They load nothing of what the commands need. */
type Helper = (values: readonly string[], signal: AbortSignal) => Promise<void>;

const helpers: Readonly<Record<string, Helper>> = {
  /** Tries the way out of the canary's namespace: pace, host, port, bytes, resolvers. Prints what it found as JSON. */
  async reach([pace, host = '', port, bytes, ...resolvers]) {
    const { reach } = await import('../helpers/reach.ts');
    const found = await reach({
      pace: Number(pace),
      host,
      port: Number(port),
      bytes: Number(bytes),
      resolvers,
    });
    writeOut(`${JSON.stringify(found)}\n`);
  },
  /** Completes a line in the user's shell; the last word is the one that is being typed. */
  async complete(words) {
    const [{ completionLines }, { makeProgram }] = await Promise.all([
      import('./completion.ts'),
      import('./program.ts'),
    ]);
    const lines = await completionLines(makeProgram(nothing), words, process.env);
    writeOut(lines.map((line) => `${line}\n`).join(''));
  },
};

/** The tree of commands is read, and none is run. */
const nothing = async () => {};

/** Undefined for what a user types. */
export function helperNamed(name: string): Helper | undefined {
  return Object.hasOwn(helpers, name) ? helpers[name] : undefined;
}
