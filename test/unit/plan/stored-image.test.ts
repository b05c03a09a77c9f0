/** What a stored image has a say in: how much memory its VMs need, and how large their disks are. */
import { expect, test } from 'vitest';
import { parseLab } from '../../../src/lab/validate.ts';
import type { HostFacts } from '../../../src/plan/facts.ts';
import { specsOf } from '../../../src/plan/plan.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { facts, roots } from '../../fakes/facts.ts';

const gib = 1024 ** 3;

function planned(text: string, image: Partial<NonNullable<HostFacts['image']>>) {
  const parsed = parseLab(text, 'lab.yaml', { sandbox: false });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  const stored = { name: 'debian-12', path: `${roots.state}/images/x.qcow2`, ...image };
  return planLab({ lab: parsed.lab, facts: { ...facts, image: stored }, roots, date: 0 });
}

const sizes = (plan: ReturnType<typeof planned>) =>
  specsOf(plan).flatMap((spec) => (spec.kind === 'overlay' ? [spec.size / gib] : []));

test('an image’s own disk is not cut short, and that is said', () => {
  const lab = 'defaults: {memory: 512M}\nvms: {a: {disk: 40G}, b: , c: {disk: 5G}}\n';
  const plan = planned(lab, { size: 20 * gib });
  expect(sizes(plan)).toEqual([40, 20, 20]);
  expect(plan.warnings).toContain('the disk of debian-12 is of 20 GiB: b, c have that, not 10 GiB');
  const one = planned('vms: {a: }\n', { size: 20 * gib });
  expect(one.warnings).toContain('the disk of debian-12 is of 20 GiB: the VMs have that, not 10 GiB');
});

test('one that is smaller, or not known, has no say', () => {
  for (const image of [{ size: 2 * gib }, {}]) {
    const plan = planned('vms: {a: }\n', image);
    expect(sizes(plan)).toEqual([10]);
    expect(plan.warnings.join()).not.toContain('the disk of');
  }
});

const direct = { kernel: '/k', initrd: '/i', arguments: 'x' };

test('an image without a kernel beside it boots by firmware, with the memory that takes', () => {
  expect(() => planned('defaults: {memory: 128M}\nvms: {a: , b: {memory: 223M}}\n', {})).toThrow(
    expect.objectContaining({
      code: 'host-cannot',
      message:
        '128M is too little for a, b: debian-12 has no kernel beside it and boots by firmware, which takes at least 224M',
      hint: expect.stringContaining('memory: 224M'),
    }),
  );
  expect(() => planned('vms: {a: {memory: 224M}}\n', {})).not.toThrow();
  expect(() => planned('vms: {a: {memory: 128M}}\n', { direct })).not.toThrow();
  expect(() => planned('vms: {a: {memory: 128M}}\n', { name: 'alpine' })).not.toThrow();
});
