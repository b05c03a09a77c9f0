/** What `plan` prints is what a person can run: the script makes the lab, the way back removes it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Namespaces, namespaces } from '../setup/namespaces.ts';
import { type Workplace, workplace } from './workplace.ts';

let spaces: Namespaces;
let host: string;
let place: Workplace;

beforeAll(async () => {
  spaces = namespaces();
  host = await spaces.make('host');
  await spaces.run(host, 'ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'far0');
  await spaces.run(host, 'ip', 'address', 'add', '198.51.100.2/24', 'dev', 'up0');
  await spaces.run(host, 'ip', 'link', 'set', 'up0', 'up');
  await spaces.run(host, 'ip', 'route', 'add', 'default', 'via', '198.51.100.1');
  place = await workplace(host);
});

let undoScript = '';

afterAll(async () => {
  await execa('nsenter', [`--net=${host}`, '--', 'bash'], { input: undoScript, reject: false });
  await place.close();
  await spaces.close();
});

test('the printed plan makes the lab, the printed way back removes it', async () => {
  const inHost = (input: string) =>
    execa('nsenter', [`--net=${host}`, '--', 'bash'], { input, all: true, reject: false });
  const plan = await place.labnet('plan', '--vms', '1');
  const undo = await place.labnet('plan', '--vms', '1', '--undo');
  undoScript = undo.stdout;
  const before = await place.snapshot();
  const made = await inHost(plan.stdout);
  expect({ status: made.exitCode, said: made.exitCode === 0 ? '' : made.all }).toEqual({
    status: 0,
    said: '',
  });
  expect(existsSync(join(place.run, 'lab/vm1/qmp.sock'))).toBe(true);
  expect(await spaces.run(host, 'nft', 'list', 'table', 'inet', 'labnet_lab')).toContain('masquerade');
  expect(await spaces.run(host, 'ip', '-brief', 'link', 'show', 'master', 'br0')).toContain('tap0');
  const undone = await inHost(undo.stdout);
  expect(undone.exitCode).toBe(0);
  await expect.poll(async () => (await place.snapshot()).processes).toEqual([]);
  const after = await place.snapshot();
  const files = (snapshot: typeof after) =>
    (snapshot.files as string[]).filter((line) => !/\/(labs|run)(\/lab)? /.test(line));
  expect({ ...after, files: files(after) }).toEqual({ ...before, files: files(before) });
});
