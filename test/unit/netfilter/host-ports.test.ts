/** What keeps guests from a port of the host that the lab file opens to them: others' rules for what comes in. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseIptables } from '../../../src/netfilter/read-iptables.ts';
import { parseNft } from '../../../src/netfilter/read-nft.ts';
import type { Ruleset } from '../../../src/netfilter/ruleset.ts';
import { firewallFindingsIn } from '../../../src/preflight/firewalls.ts';

const fixture = (name: string) =>
  readFileSync(new URL(`../../netns/rulesets/${name}`, import.meta.url), 'utf8');

const told = (ruleset: Ruleset, ...ports: readonly string[]) =>
  firewallFindingsIn(ruleset, {
    bridge: 'br0',
    guests: [{ tap: 'tap0', address: '192.168.6.1' }],
    uplink: undefined,
    target: { address: '203.0.113.80', port: 80 },
    host: { address: '192.168.6.10', ports },
    bridgeNetfilter: false,
  }).map(({ owner, message, remedy }) => [owner, message, ...remedy]);

const ufw = (...rules: readonly string[]) =>
  parseIptables(
    fixture('ufw-allowed.iptables').replace(/^COMMIT$/m, [...rules, 'COMMIT'].join('\n')),
    'iptables-nft',
  );

describe('ufw, whose default is to let nothing in', () => {
  test('stops it, and the line to type opens that port alone', () => {
    expect(told(ufw(), '80/tcp')).toEqual([
      [
        'ufw',
        expect.stringMatching(/\(ufw\) stops what goes from br0 to port 80\/tcp of this host$/),
        'sudo ufw allow in on br0 to any port 80 proto tcp',
      ],
    ]);
    expect(told(ufw(), '53/udp').flat()).toContain('sudo ufw allow in on br0 to any port 53 proto udp');
  });

  test('lets in what was typed, and of no other protocol', () => {
    const allowed = ufw('-A ufw-user-input -i br0 -p tcp -m tcp --dport 80 -j ACCEPT');
    expect(told(allowed, '80/tcp')).toEqual([]);
    expect(told(allowed, '80/udp')).toHaveLength(1);
  });

  test('is nobody’s business where no port is open', () => {
    expect(told(ufw())).toEqual([]);
  });
});

test('beside Docker a rule of one’s own is not taken for Docker’s', () => {
  const rules = fixture('docker.iptables').replace(/^:INPUT ACCEPT/m, ':INPUT DROP');
  expect(told(parseIptables(rules, 'iptables-legacy'), '80/tcp')).toEqual([
    [
      'filter',
      expect.stringContaining('INPUT'),
      'sudo iptables-legacy -I INPUT -i br0 -p tcp --dport 80 -j ACCEPT',
    ],
  ]);
});

describe('rules of nftables', () => {
  const nft = (...exprs: readonly object[]) =>
    parseNft(
      JSON.stringify({
        nftables: [
          { chain: { family: 'inet', table: 'mine', name: 'in', hook: 'input', policy: 'drop' } },
          ...exprs.map((match) => ({
            rule: {
              family: 'inet',
              table: 'mine',
              chain: 'in',
              expr: [{ match: { op: '==', ...match } }, { accept: null }],
            },
          })),
        ],
      }),
    ).chains;
  const port = (protocol: string, dport: number) => ({
    left: { payload: { protocol, field: 'dport' } },
    right: dport,
  });

  test.each([
    ['nothing is let in', [], '80/tcp', false],
    ['the port is', [port('tcp', 80)], '80/tcp', true],
    ['the same number of the other protocol is', [port('udp', 80)], '80/tcp', false],
    ['of either protocol', [port('th', 53)], '53/udp', true],
    ['another port is', [port('udp', 67)], '53/udp', false],
  ])('%s', (_, exprs, asked, passes) => {
    const [number, protocol] = asked.split('/');
    const remedy = `sudo nft insert rule inet mine in iifname br0 ${protocol} dport ${number} accept`;
    expect(told(nft(...exprs), asked)).toEqual(
      passes ? [] : [['mine', expect.stringContaining('policy drop'), remedy]],
    );
  });
});
