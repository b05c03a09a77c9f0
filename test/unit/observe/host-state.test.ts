import { expect, test } from 'vitest';
import { CommandFailed } from '../../../src/host/command-failed.ts';
import { hostStateOf, readHostState, stateParts } from '../../../src/observe/host-state.ts';
import { partialHost } from '../../fakes/partial-host.ts';

const settingsOf = (...lines: readonly string[]) =>
  hostStateOf({ settings: `${lines.join('\n')}\n` }, () => false).settings;

test('settings are named as sysctl(8) names them, also those of a link with dots', () => {
  expect(
    settingsOf(
      '/proc/sys/net/ipv4/ip_forward:0',
      '/proc/sys/net/ipv4/conf/eth0.100/forwarding:1',
      '/proc/sys/net/ipv4/ping_group_range:1\t0',
      '/proc/sys/net/ipv4/ip_local_reserved_ports:',
    ),
  ).toEqual([
    'net.ipv4.conf.eth0/100.forwarding = 1',
    'net.ipv4.ip_forward = 0',
    'net.ipv4.ip_local_reserved_ports = ',
    'net.ipv4.ping_group_range = 1\t0',
  ]);
});

test('what counts by itself is left out, and what belongs to a hidden link', () => {
  const addresses = JSON.stringify([
    { ifname: 'br0', ifalias: 'labnet:other' },
    { ifname: 'br0.5', ifalias: '' },
  ]);
  const settings = [
    '/proc/sys/net/netfilter/nf_conntrack_count:3',
    '/proc/sys/net/ipv4/conf/br0/forwarding:1',
    '/proc/sys/net/ipv4/conf/br0.5/forwarding:1',
  ].join('\n');
  expect(hostStateOf({ addresses, settings }, (mark) => mark === 'labnet:other').settings).toEqual([
    'net.ipv4.conf.br0/5.forwarding = 1',
  ]);
});

/** A host on which some commands end with another status than 0. */
const hostWhere = (ends: (command: string) => number | undefined, stdout = '') =>
  partialHost({
    read: async () => '',
    list: async () => [],
    async run(argv, { accept = [0] } = {}) {
      const status = ends(argv.join(' ')) ?? 0;
      if (!accept.includes(status))
        throw new CommandFailed(argv, argv.join(' '), { how: 'exit', status }, '');
      return { status, stdout: status === 0 ? '' : stdout, stderr: '' };
    },
  });

test('a kernel without IPv6 has no rules of it', async () => {
  const host = hostWhere((command) => (command.startsWith('ip -6 ') ? 255 : undefined), '[');
  const state = await readHostState(host, () => false);
  expect(Object.keys(state).sort()).toEqual([...stateParts].sort());
  expect(state.rules).toEqual([]);
});

test.each(['ip -details -json route', 'ip -json rule', 'nft --stateless'])(
  '%s that fails is no empty answer',
  async (failing) => {
    const host = hostWhere((command) => (command.startsWith(failing) ? 2 : undefined));
    await expect(readHostState(host, () => false)).rejects.toThrow();
  },
);
