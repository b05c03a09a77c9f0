import { writeOut } from './write-out.ts';

/** Helpers: what labnet starts beside itself, and what shells ask it. They load nothing of what the commands need. */
type Helper = (values: readonly string[], signal: AbortSignal) => Promise<void>;

const helpers: Readonly<Record<string, Helper>> = {
  /**
   * Tries the way out of the canary's namespace, and prints what it found as JSON. Words: pace, host, port, bytes,
   * resolvers, behind "tcp" where they are asked by TCP.
   */
  async reach([pace, host = '', port, bytes, ...rest]) {
    const { reach } = await import('../helpers/reach.ts');
    const found = await reach({
      pace: Number(pace),
      host,
      port: Number(port),
      bytes: Number(bytes),
      resolvers: rest.filter((word) => word !== byTcp),
      byTcp: rest.includes(byTcp),
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

const byTcp = 'tcp';

/** Runs nothing: of the commands only their tree is read. */
const nothing = async () => {};

/** The helper of that name; undefined for what a user types. */
export function helperNamed(name: string): Helper | undefined {
  return Object.hasOwn(helpers, name) ? helpers[name] : undefined;
}
