import { expect, test } from 'vitest';
import { hostStateOf } from '../../../src/host/host-state.ts';

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
