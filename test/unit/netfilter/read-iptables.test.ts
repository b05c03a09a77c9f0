import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { labPackets } from '../../../src/netfilter/lab-packets.ts';
import { parseIptables } from '../../../src/netfilter/read-iptables.ts';
import { stopText } from '../../../src/netfilter/ruleset.ts';
import { stopsOf } from '../../../src/netfilter/walk.ts';

const traffic = {
  bridge: 'br0',
  guests: [
    { tap: 'tap0', address: '192.168.6.1' },
    { tap: 'tap1', address: '192.168.6.2' },
  ],
  uplink: 'eth0',
  target: { address: '203.0.113.80', port: 443 },
  bridgeNetfilter: true,
};

/** What stops each of the lab's packets: to a guest, out, back. */
function stops(text: string): readonly string[] {
  const chains = parseIptables(text, 'iptables-nft');
  return labPackets(traffic)
    .filter(({ families }) => families.includes('ip'))
    .map((packet) => {
      const [first] = stopsOf(packet, chains);
      return first === undefined ? '' : stopText(first);
    });
}

const forward = (policy: string, ...rules: readonly string[]) =>
  `*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ${policy} [0:0]\n:users - [0:0]\n${rules.map((rule) => `-A ${rule}\n`).join('')}COMMIT\n`;
const policy = 'ip filter FORWARD: policy drop';

describe('a policy of drop', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['alone', [], [policy, policy, policy]],
    [
      'with the bridge let in and its answers back',
      ['FORWARD -i br0 -j ACCEPT', 'FORWARD -o br0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'],
      ['', '', ''],
    ],
    ['with the way out alone', ['FORWARD -i br0 -o eth0 -j ACCEPT'], [policy, '', policy]],
    ['with another bridge let in', ['FORWARD -i br1 -j ACCEPT'], [policy, policy, policy]],
    ['with a wildcard', ['FORWARD -i br+ -j ACCEPT'], ['', '', policy]],
    ['with a negation', ['FORWARD ! -i eth0 -j ACCEPT'], ['', '', policy]],
    [
      'with the subnet let through',
      ['FORWARD -s 192.168.0.0/16 -j ACCEPT', 'FORWARD -d 192.168.6.0/24 -j ACCEPT'],
      ['', '', ''],
    ],
    ['with another subnet let through', ['FORWARD -s 192.168.7.0/24 -j ACCEPT'], [policy, policy, policy]],
    ['with ping let through', ['FORWARD -p icmp -m icmp --icmp-type 8 -j ACCEPT'], [policy, policy, policy]],
    [
      'with the web let through',
      ['FORWARD -p tcp -m multiport --dports 80,443 -j ACCEPT'],
      [policy, '', policy],
    ],
    [
      'with bridged frames let through',
      ['FORWARD -m physdev --physdev-is-bridged -j ACCEPT'],
      ['', policy, policy],
    ],
    [
      'with a chain that accepts',
      ['FORWARD -j users', 'users -i br0 -j ACCEPT', 'users -j RETURN', 'users -j ACCEPT'],
      ['', '', policy],
    ],
    [
      'with a goto that comes to nothing',
      ['FORWARD -g users', 'FORWARD -j ACCEPT'],
      [policy, policy, policy],
    ],
    [
      'with a list that only the kernel knows',
      ['FORWARD -m set --match-set labs src -j ACCEPT'],
      ['', '', ''],
    ],
    ['with a log before it', ['FORWARD -j LOG --log-prefix "[a - b] "'], [policy, policy, policy]],
  ])('%s', (_, rules, expected) => {
    expect(stops(forward('DROP', ...rules))).toEqual(expected);
  });
});

describe('a policy of accept', () => {
  const rule = (text: string) => `ip filter FORWARD: ${text}`;
  test.each<[string, readonly string[], readonly string[]]>([
    ['alone', [], ['', '', '']],
    [
      'with a last rule that rejects',
      ['FORWARD -j REJECT --reject-with icmp-host-prohibited'],
      [
        rule('-j REJECT --reject-with icmp-host-prohibited'),
        rule('-j REJECT --reject-with icmp-host-prohibited'),
        rule('-j REJECT --reject-with icmp-host-prohibited'),
      ],
    ],
    [
      'with a drop that only the kernel can decide',
      ['FORWARD -m recent --name x --rcheck -j DROP'],
      ['', '', ''],
    ],
    ['with a drop of one network', ['FORWARD -d 10.0.0.0/8 -j DROP'], ['', '', '']],
  ])('%s', (_, rules, expected) => {
    expect(stops(forward('ACCEPT', ...rules))).toEqual(expected);
  });
});

test('other tables than those that filter say nothing; mangle does', () => {
  expect(stops('*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j DROP\nCOMMIT\n')).toEqual(['', '', '']);
  expect(stops('*mangle\n:FORWARD DROP [0:0]\nCOMMIT\n')[0]).toBe('ip mangle FORWARD: policy drop');
});

test('what ufw makes: stopped, and let through once its line has been typed', () => {
  const ruleset = (name: string) =>
    readFileSync(new URL(`../../netns/rulesets/${name}`, import.meta.url), 'utf8');
  expect(stops(ruleset('ufw.iptables'))).toEqual([policy, policy, '']);
  expect(stops(ruleset('ufw-allowed.iptables'))).toEqual(['', '', '']);
});
