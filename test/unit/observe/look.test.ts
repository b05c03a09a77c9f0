/** What a look may conclude: that a thing is there, that it is not, and nothing from anything else. */
import { expect, test } from 'vitest';
import { readIn } from '../../../src/host/namespace.ts';
import { look } from '../../../src/observe/look.ts';
import { partialHost } from '../../fakes/partial-host.ts';

const answers = (status: number, stdout: string, stderr: string) =>
  partialHost({ run: async () => ({ status, stdout, stderr }) });

const asked = (status: number, stdout: string, stderr: string) =>
  look(['ip', 'link', 'show', 'dev', 'br0'], /does not exist/, { host: answers(status, stdout, stderr) });

test('what the program says of it', async () => {
  expect(await asked(0, '[{}]', '')).toBe('[{}]');
});

test('undefined when it says that there is none', async () => {
  expect(await asked(1, '', 'Device "br0" does not exist.\n')).toBeUndefined();
});

test.each([
  ['silence', 0, '', '', /ip link show dev br0\n.*it said nothing/],
  ['a blank line', 0, '\n', '', /it said nothing/],
  ['a failure of another kind', 1, '', 'Cannot allocate memory', /Cannot allocate memory/],
  ['a failure without a word', 1, '', '', /ended with status 1/],
  ['a namespace that is gone', 1, '', 'nsenter: cannot open /run/x: it does not exist', /nsenter/],
])('%s tells nothing', async (_, status, stdout, stderr, says) => {
  await expect(asked(status, stdout, stderr)).rejects.toThrow(says);
});

test('a file in a namespace: empty when it is not there, not when nobody could look', async () => {
  const read = (status: number, stdout: string, stderr: string) =>
    readIn('/run/host.ns', '/proc/net/netstat', answers(status, stdout, stderr));
  expect(await read(0, 'TcpExt: 1\n', '')).toBe('TcpExt: 1\n');
  expect(await read(1, '', 'cat: /proc/net/netstat: No such file or directory\n')).toBe('');
  await expect(read(1, '', 'nsenter: cannot open /run/host.ns: No such file or directory\n')).rejects.toThrow(
    /nsenter/,
  );
});
