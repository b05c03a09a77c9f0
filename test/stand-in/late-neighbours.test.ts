/** Firewalls that come after the lab: status names the rule and what to type, repair says what no longer passes. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FirewallPlace, firewallPlace } from './firewall-place.ts';

let place: FirewallPlace;

beforeAll(async () => {
  place = await firewallPlace();
});

afterAll(() => place.close());

beforeEach(async () => {
  expect((await place.json('provision', 'lab.yaml')).status).toBe(0);
});

afterEach(() => place.reset());

test('Docker: status names its policy, and repair adds the rules', async () => {
  await place.load('docker.iptables');
  const { status, stdout } = await place.labnet('status');
  expect(status).toBe(1);
  expect(stdout).toContain('ip filter FORWARD: policy drop (Docker) stops what goes from br0 to up0');
  const repaired = await place.json('repair');
  expect([repaired.status, repaired.value.error]).toEqual([0, undefined]);
  expect((await place.labnet('status')).status).toBe(0);
  await place.inHost('iptables-nft', '-F', 'DOCKER-USER');
  expect((await place.labnet('status')).stdout).toMatch(/docker-user:br0 +absent/);
  const again = await place.json('provision', 'lab.yaml');
  expect([again.status, again.value.error]).toEqual([0, undefined]);
  expect((await place.labnet('status')).status).toBe(0);
});

/** The rulesets with the line typed are what the tools themselves have made of it. */
test.each([
  [
    'ufw',
    'ufw.iptables',
    'ip filter FORWARD: policy drop (ufw)',
    'ufw route allow in on br0',
    // It lets pings through.
    ['internet-name', 'internet-tcp'],
    'ufw-allowed.iptables',
  ],
  [
    'firewalld',
    'firewalld-strict.nft',
    'inet firewalld filter_FWD_public: reject icmpx admin-prohibited (firewalld)',
    'firewall-cmd --zone=trusted --add-interface=br0',
    ['internet-gateway', 'internet-name', 'internet-tcp'],
    'firewalld-trusted.nft',
  ],
])(
  '%s: with what status tells to type, the lab works again',
  async (_, ruleset, rule, line, stopped, typed) => {
    await place.load(ruleset);
    const { status, stdout } = await place.labnet('status');
    expect(status).toBe(1);
    expect(stdout).toContain(`${rule} stops what goes from br0 to up0; to let them pass: ${line}`);
    expect(await repair()).toEqual({ status: 3, touched: [], failed: stopped });
    await place.load(typed);
    expect((await place.labnet('status')).status).toBe(0);
    expect(await repair()).toEqual({ status: 0, touched: [], failed: [] });
  },
);

/** What it has set right or could not, and the probes that failed afterwards. */
async function repair() {
  const { status, value } = await place.json('repair');
  const { resources } = value as unknown as {
    readonly resources: readonly { readonly id: string; readonly outcome: string }[];
  };
  return {
    status,
    touched: resources.filter(({ outcome }) => outcome !== 'nothing to do'),
    failed: value.verify.probes.filter((probe) => probe.status === 'failed').map(({ id }) => id),
  };
}
