/** Which routing rules are for a host's own packets alone, as ip(8) prints them of real ones. */
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { readOwnRules } from '../../src/observe/own-rules.ts';
import { partialHost } from '../fakes/partial-host.ts';

test('by where a packet comes from, its mark or its user; not those that guests meet too, nor those that come to main', async () => {
  const rules = [
    'iif lo to 203.0.113.84/30 lookup 200 priority 101',
    'fwmark 7 lookup 77 priority 102',
    'uidrange 1000-2000 lookup 88 priority 103',
    'not fwmark 0xca6c lookup 51820 priority 104',
    'fwmark 0x80000/0xff0000 lookup main priority 105',
    'iif lo prohibit priority 106',
    'ipproto tcp dport 80 lookup 5 priority 107',
    'from 192.0.2.0/24 lookup 6 priority 108',
    // What is forwarded meets it, too.
    'uidrange 0-0 lookup 7 priority 109',
  ];
  const host = partialHost({
    async run(argv) {
      const script = [...rules.map((rule) => `ip rule add ${rule}`), argv.join(' ')].join(' && ');
      const { stdout, stderr } = await execa('unshare', [
        '--net',
        'sh',
        '-c',
        `ip link set lo up && ${script}`,
      ]);
      return { status: 0, stdout, stderr };
    },
  });
  expect(await readOwnRules(host)).toEqual([
    { priority: 101, table: '200', by: 'iif lo' },
    { priority: 102, table: '77', by: 'fwmark 0x7' },
    { priority: 103, table: '88', by: 'uidrange' },
  ]);
});
