/** What `plan` prints is what a person can run: the script makes the lab, the way back removes it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Workplace, workplace } from './workplace.ts';

let place: Workplace;

beforeAll(async () => {
  place = await workplace();
  for (const line of [
    'link add up0 type veth peer name far0',
    'address add 198.51.100.2/24 dev up0',
    'link set up0 up',
    'route add default via 198.51.100.1',
  ])
    await place.inside('ip', ...line.split(' '));
});

afterAll(() => place.close());

/** A shell of the host's, with this for its standard input. */
function inHost(input: string) {
  const [program = '', ...args] = [...place.enter, 'bash'];
  return execa(program, args, { input, all: true, reject: false });
}

test('the printed plan makes the lab, the printed way back removes it', async () => {
  const plan = await place.labnet('plan', '--vms', '1');
  const undo = await place.labnet('plan', '--vms', '1', '--undo');
  const before = await place.snapshot();
  const made = await inHost(plan.stdout);
  expect({ status: made.exitCode, said: made.exitCode === 0 ? '' : made.all }).toEqual({
    status: 0,
    said: '',
  });
  expect(existsSync(join(place.run, 'lab/vm1/qmp.sock'))).toBe(true);
  expect(await place.inside('nft', 'list', 'table', 'inet', 'labnet_lab')).toContain('masquerade');
  expect(await place.inside('ip', '-brief', 'link', 'show', 'master', 'br0')).toContain('tap0');
  const undone = await inHost(undo.stdout);
  expect(undone.exitCode).toBe(0);
  await expect.poll(async () => (await place.snapshot()).processes).toEqual(before.processes);
  const after = await place.snapshot();
  const files = (snapshot: typeof after) =>
    (snapshot.files as string[]).filter((line) => !/\/(labs|run)(\/lab)? /.test(line));
  expect({ ...after, files: files(after) }).toEqual({ ...before, files: files(before) });
});
