import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import {
  answersTo,
  askingAll,
  hostStateOf,
  readHostState,
  stateParts,
} from '../../../src/host/host-state.ts';
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

/** A host that answers every question with this, and some with another status than 0. */
const hostWhere = (statusOf: (command: string) => number | undefined, text = '') =>
  partialHost({
    read: async () => '',
    list: async () => [],
    async run([, , script = '']) {
      const answers = script.split('\n').map((line) => {
        const status = statusOf(line) ?? 0;
        const [, mark] = /echo "(.*)\$\?"$/.exec(line) ?? [];
        return `${status === 0 ? '' : text}${mark}${status}\n`;
      });
      return { status: 0, stdout: answers.join(''), stderr: 'what they said' };
    },
  });

test('a kernel without IPv6 has no rules of it', async () => {
  const host = hostWhere((line) => (line.startsWith('ip -6 ') ? 255 : undefined), '[');
  const state = await readHostState(host, () => false);
  expect(Object.keys(state).sort()).toEqual([...stateParts].sort());
  expect(state.rules).toEqual([]);
});

test('a host without iptables-legacy has no such rules', async () => {
  const host = hostWhere((line) => (line.includes('iptables-legacy-save') ? 127 : undefined), '-A INPUT');
  expect((await readHostState(host, () => false)).iptables).toEqual([]);
});

test.each(['ip -details -json route', 'ip -json rule', 'nft --stateless'])(
  '%s that fails is no empty answer',
  async (failing) => {
    const host = hostWhere((line) => (line.startsWith(failing) ? 2 : undefined));
    await expect(readHostState(host, () => false)).rejects.toMatchObject({
      message: expect.stringContaining('what they said'),
    });
  },
);

test('answers come back by their questions, whatever they end with', () => {
  const questions = { cut: ['printf', 'no newline'], none: ['true'], missing: ['labnet-no-such-program'] };
  const [program = '', ...args] = askingAll(questions);
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
  expect(answersTo(questions, stdout)).toEqual({
    cut: { status: 0, text: 'no newline' },
    none: { status: 0, text: '' },
    missing: { status: 127, text: '' },
  });
});
