/** How a command in a VM is started: as ssh is told to. */
import { expect, test } from 'vitest';
import { type SshOptions, ssh } from '../../../src/commands/ssh.ts';
import { savePlan } from '../../../src/labs/lab-store.ts';
import { labPaths } from '../../../src/paths.ts';
import type { Context } from '../../../src/runs/context.ts';
import { roots } from '../../fakes/facts.ts';
import { newRun } from '../../fakes/lab-run.ts';
import { planOfSize } from '../../fakes/plans.ts';
import { trappedWorld } from '../../fakes/trapped-world.ts';

interface Typed {
  readonly words?: readonly string[];
  readonly options?: SshOptions;
  readonly terminal?: boolean;
  readonly json?: boolean;
}

/** @returns the words that ssh was started with, from the first that differs from run to run */
async function typed({ words = ['top'], options = {}, terminal = true, json = false }: Typed) {
  const host = newRun(trappedWorld());
  const plan = planOfSize(1, false);
  await host.makeDirectory(labPaths(roots, plan.lab).dir, { mode: 0o700 });
  await savePlan(plan, host, roots);
  const [{ uuid, uid } = { uuid: '', uid: 0 }] = plan.guests;
  const started: string[][] = [];
  Object.assign(host, {
    processes: async () => [{ pid: 4711, startTime: '1', uid, argv: ['qemu-system-x86_64', uuid] }],
    attach: async (argv: readonly string[]) => started.push([...argv]) - 1,
    run: async (argv: readonly string[]) => {
      started.push([...argv]);
      return { status: 0, stdout: '', stderr: '' };
    },
  });
  const given = { host, roots, uid: 0, terminal, options: { json }, signal: new AbortController().signal };
  await ssh('vm1', words, options, given as unknown as Context);
  return started[0]?.slice(started[0].indexOf('LogLevel=ERROR') + 1);
}

const guest = 'student@192.168.6.1';

test.each([
  ['a command has a terminal where labnet has one', {}, ['-t', guest, '--', 'top']],
  ['and none where it has none, as in a pipe', { terminal: false }, ['-T', guest, '--', 'top']],
  ['--tty', { options: { tty: true }, terminal: false }, ['-tt', guest, '--', 'top']],
  ['--no-tty', { options: { tty: false } }, ['-T', guest, '--', 'top']],
  ['a session', { words: [] }, ['-t', guest, '--']],
  ['a session that reads its commands from a pipe', { words: [], terminal: false }, ['-T', guest, '--']],
  ['several words', { words: ['ls', 'a b'] }, ['-t', guest, '--', 'ls', "'a b'"]],
  ['--json', { json: true }, [guest, '--', 'top']],
])('%s', async (_, how: Typed, argv) => {
  expect(await typed(how)).toEqual(argv);
});

test('--json with --tty is refused', async () => {
  await expect(typed({ json: true, options: { tty: true } })).rejects.toMatchObject({ code: 'usage' });
});
