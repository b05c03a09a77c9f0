/** How a command ends. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { expect, inject, test } from 'vitest';

test('a reader that takes its time gets all of a long answer', async () => {
  const labnet = execa('node', [inject('cli'), 'plan', '--vms', '60', '--json'], { buffer: false });
  await once(labnet.stdout, 'readable');
  await sleep(500);
  let said = '';
  for await (const text of labnet.stdout.setEncoding('utf8')) said += text;
  await labnet;
  expect(said.length).toBeGreaterThan(1_000_000);
  expect(JSON.parse(said)).toMatchObject({ ok: true });
});

test('a Ctrl-C that comes when all is done and said changes no status', async () => {
  for (let count = 0; count < 10; count += 1) {
    const labnet = execa('node', [inject('cli'), 'schema'], { reject: false });
    await once(labnet.stdout, 'data');
    const typist = setInterval(() => labnet.kill('SIGINT'), 1);
    const { exitCode, signal } = await labnet.finally(() => clearInterval(typist));
    expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: undefined });
  }
});
