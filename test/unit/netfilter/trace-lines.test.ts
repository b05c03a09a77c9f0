import { expect, test } from 'vitest';
import { parseTrace } from '../../../src/netfilter/trace-lines.ts';

/** As nft 1.0.6 prints them. */
const head = (id: string, place: string, rest: string) =>
  `trace id ${id} ${place} packet: iif "br0" ether saddr 02:00:00:00:00:01 ether daddr 02:00:00:00:00:02 ip saddr 192.168.6.1 ip daddr 203.0.113.80 ip ttl 63 ${rest}`;

test('one packet through several chains, and the policy that drops it', () => {
  expect(
    parseTrace([
      head(
        'b2440db8',
        'ip labnet_lab_trace comes',
        'ip length 60 tcp sport 39182 tcp dport 80 tcp flags == syn',
      ),
      'trace id b2440db8 ip labnet_lab_trace comes rule iifname "br0" ip saddr 192.168.6.1 meta nftrace set 1 (verdict continue)',
      'trace id b2440db8 ip labnet_lab_trace comes policy accept ',
      'trace id b2440db8 ip filter FORWARD unknown rule handle 42 (verdict jump ufw-before-forward)',
      'trace id b2440db8 ip filter ufw-before-forward unknown rule handle 68 (verdict jump ufw-user-forward)',
      'trace id b2440db8 ip filter FORWARD policy drop ',
    ]),
  ).toEqual([
    {
      protocol: 'tcp',
      saddr: '192.168.6.1',
      daddr: '203.0.113.80',
      ports: [39_182, 80],
      chains: [
        'ip labnet_lab_trace comes',
        'ip filter FORWARD',
        'ip filter ufw-before-forward',
        'ip filter FORWARD',
      ],
      drop: { family: 'ip', table: 'filter', chain: 'FORWARD', rule: 'policy drop' },
    },
  ]);
});

test.each([
  ['trace id a inet x y rule ip daddr @bad drop (verdict drop)', 'ip daddr @bad drop'],
  [
    'trace id a inet x y rule reject with icmpx admin-prohibited (verdict drop)',
    'reject with icmpx admin-prohibited',
  ],
  [
    'trace id a inet x y rule iifname "br0" counter packets 15 bytes 1176 drop (verdict drop)',
    'iifname "br0" drop',
  ],
  ['trace id a inet x y unknown rule handle 7 (verdict drop)', 'the rule with handle 7'],
  ['trace id a inet x y policy drop ', 'policy drop'],
  ['trace id a inet x y rule log prefix "drop" (verdict continue)', undefined],
  ['trace id a inet x y rule counter accept (verdict accept)', undefined],
  ['trace id a inet x y verdict continue ', undefined],
])('%s', (line, rule) => {
  expect(parseTrace([line])[0]?.drop?.rule).toBe(rule);
});

test('packets side by side are told apart, also by protocol', () => {
  const packets = parseTrace([
    head('1', 'ip t c', 'icmp type echo-request icmp code net-unreachable icmp id 5'),
    head('2', 'ip t c', 'udp sport 4000 udp dport 53 udp length 40'),
    head('3', 'ip t c', 'ip protocol 253'),
    'trace id 2 ip t c policy drop ',
  ]);
  expect(packets.map(({ protocol, drop }) => [protocol, drop !== undefined])).toEqual([
    ['icmp', false],
    ['udp', true],
    ['other', false],
  ]);
  expect(packets[1]?.ports).toEqual([4000, 53]);
});

test('lines of another kind are no packets', () => {
  expect(parseTrace(['', 'add table ip x', '# new generation 5 by process 1 (nft)', 'trace id'])).toEqual([]);
});
