import { expect, test } from 'vitest';
import { labOfSize } from '../../../src/lab/validate.ts';
import type { HostFacts } from '../../../src/plan/facts.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { facts, roots } from '../../fakes/facts.ts';

const uplink = { name: 'eth0', gateway: '192.0.2.1', mtu: 1500 };

function planned(changes: Partial<HostFacts>) {
  const lab = labOfSize(1, { sandbox: false });
  const plan = planLab({ lab, facts: { ...facts, uplink, ...changes }, roots, date: 0 });
  return { id: plan.guests[0]?.instanceId, seed: specsOf(plan).find(({ kind }) => kind === 'seed') };
}

test('from cable to Wi-Fi: a VM is told the same, and stays the same instance', () => {
  const { id, seed } = planned({});
  expect(planned({ uplink: { ...uplink, name: 'wlan0', gateway: '192.0.2.254' } })).toEqual({ id, seed });
});

test.each([
  ['resolvers', { resolvers: ['192.0.2.99'] }],
  ['MTU', { uplink: { ...uplink, mtu: 1400 } }],
])('other %s: the seed differs, and so does the instance that cloud-init takes it for', (_, changes) => {
  const { id, seed } = planned(changes);
  expect(seed).not.toEqual(planned({}).seed);
  expect(id).not.toBe(planned({}).id);
});

test('an image that labnet did not build may call its NIC anything: its seed says so, and the same is asked of it', () => {
  const path = '/var/lib/labnet/images/1.qcow2';
  const [own, foreign] = [
    planned({ image: { name: 'mine', path } }),
    planned({ image: { name: 'mine', path, foreign: true } }),
  ];
  expect(JSON.stringify(own.seed)).not.toContain('mac_address');
  expect(JSON.stringify(foreign.seed)).toContain('mac_address');
  expect(foreign.id).not.toBe(own.id);
  expect(foreign.seed).toMatchObject({ asked: own.seed?.kind === 'seed' && own.seed.asked });
});
