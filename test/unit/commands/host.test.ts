/** Where a command for a lab's host is run, and when it is not. */
import { expect, test } from 'vitest';
import { makeProgram } from '../../../src/cli/program.ts';
import { inLabsHost } from '../../../src/commands/host.ts';
import { savePlan } from '../../../src/labs/lab-store.ts';
import { labPaths } from '../../../src/paths.ts';
import type { Context } from '../../../src/runs/context.ts';
import { roots } from '../../fakes/facts.ts';
import { newRun } from '../../fakes/lab-run.ts';
import { planOfSize } from '../../fakes/plans.ts';
import { trappedWorld } from '../../fakes/trapped-world.ts';

interface Tried {
  readonly words?: readonly string[];
  readonly sandbox?: boolean;
  readonly isUp?: boolean;
  readonly json?: boolean;
  readonly shell?: string;
  readonly status?: number;
}

const namespace = labPaths(roots, 'lab').hostNamespace;

/** @returns the words that were started, from the first that is the user's, and how labnet ended */
async function tried({ words = ['ip', 'a'], sandbox = true, isUp = true, ...how }: Tried) {
  const host = newRun(trappedWorld());
  const plan = planOfSize(1, sandbox);
  await host.makeDirectory(labPaths(roots, plan.lab).dir, { mode: 0o700 });
  await savePlan(plan, host, roots);
  const started: { readonly argv: readonly string[]; readonly options: unknown }[] = [];
  const said: string[] = [];
  let open = 0;
  const { stat } = host;
  Object.assign(host, {
    stat: async (path: string) =>
      path === namespace ? (isUp ? { kind: 'file', device: 4 } : undefined) : stat.call(host, path),
    async privateMounts() {
      open += 1;
      return {
        pid: 4711,
        close: async () => {
          open -= 1;
        },
      };
    },
    async attach(argv: readonly string[], options: unknown) {
      started.push({ argv, options });
      return how.status ?? 0;
    },
    async run(argv: readonly string[]) {
      started.push({ argv, options: { namespace } });
      return { status: how.status ?? 0, stdout: 'out', stderr: '' };
    },
  });
  const context = {
    host,
    roots,
    env: { SHELL: how.shell },
    terminal: true,
    options: { json: how.json ?? false },
    say: (line: string) => said.push(line),
    signal: new AbortController().signal,
  };
  const result = await inLabsHost(undefined, words, context as unknown as Context);
  const [mount, command] = started;
  expect(mount?.argv).toEqual(['mount', '--namespace', '4711', '-t', 'sysfs', 'sysfs', '/sys']);
  expect(command?.argv.slice(0, 5)).toEqual([
    'nsenter',
    '--mount=/proc/4711/ns/mnt',
    '--',
    'env',
    `--chdir=${process.cwd()}`,
  ]);
  expect(command?.options).toEqual({ namespace });
  expect(open).toBe(0);
  return { argv: command?.argv.slice(6), result, said };
}

test('a command goes as it was typed into the network that stands in for the host, with a /sys of that', async () => {
  const { argv, result, said } = await tried({ words: ['nft', 'list', 'ruleset', '-a', 'b c'] });
  expect(argv).toEqual(['nft', 'list', 'ruleset', '-a', 'b c']);
  expect([result.status, said]).toEqual([0, []]);
});

test.each([
  [7, 7],
  [255, 1],
])('a command that ends with %i ends labnet with %i', async (status, shown) => {
  expect((await tried({ status })).result.status).toBe(shown);
  const { result } = await tried({ status, json: true });
  expect(result).toEqual({
    json: { ok: false, lab: 'lab', status, stdout: 'out', stderr: '' },
    text: '',
    status: shown,
  });
});

test.each([
  ['/bin/zsh', '/bin/zsh'],
  [undefined, 'bash'],
  ['zsh', 'bash'],
])('without a command it is a shell: SHELL=%s gives %s, and says where one is', async (shell, started) => {
  const { argv, said } = await tried({ words: [], ...(shell === undefined ? {} : { shell }) });
  expect(argv).toEqual([started]);
  expect(said).toEqual(["A shell as root in the network of lab's host; exit leaves it."]);
});

test('a lab on this PC’s own network has this PC for its host', async () => {
  await expect(tried({ sandbox: false })).rejects.toMatchObject({
    code: 'usage',
    message: 'the host of the lab lab is this PC itself: commands are typed as they are',
    hint: 'sudo ip a',
  });
});

test('a lab that is not up has no host, and the line that brings it up is told', async () => {
  await expect(tried({ isUp: false })).rejects.toMatchObject({
    code: 'failed',
    message: expect.stringContaining('the lab lab is not up'),
    hint: expect.stringContaining('sudo labnet provision --lab lab'),
  });
});

test('--json wants a command', async () => {
  await expect(tried({ words: [], json: true })).rejects.toMatchObject({ code: 'usage' });
});

/** How a line is refused before any lab is looked for; undefined: it is not. */
async function refusal(...words: string[]): Promise<unknown> {
  let found: unknown;
  const program = makeProgram(async (_needs, _options, command) => {
    const nothing = { host: { list: async () => [] }, roots } as unknown as Context;
    found = await command(nothing).catch((error: unknown) => error);
  });
  await program.parseAsync(['node', 'labnet', 'host', ...words]);
  return found;
}

const looked = (lab: string) =>
  expect.objectContaining({ message: `no lab ${lab}: there is none on this host` });
const none = expect.objectContaining({ message: 'there is no lab on this host' });

test.each([
  { words: ['--', 'ip', 'address'], ends: none },
  { words: [], ends: none },
  { words: ['web'], ends: looked('web') },
  { words: ['web', '--', 'ip', '--', 'a'], ends: looked('web') },
  { words: ['--lab', 'web', '--', 'ip'], ends: looked('web') },
  { words: ['--json', '--lab', 'web', '--', 'ip', '--json'], ends: looked('web') },
])('which lab is meant: $words', async ({ words, ends }) => {
  expect(await refusal(...words)).toEqual(ends);
});

test('words of a command before -- are refused with the line that works', async () => {
  expect(await refusal('ip', 'address')).toMatchObject({
    code: 'usage',
    hint: 'sudo labnet host -- ip address',
  });
  expect(await refusal('web', '--lab', 'demo', '--', 'ip')).toMatchObject({ code: 'usage' });
});
