import { expect, test } from 'vitest';
import { parseLab } from '../../../src/lab/validate.ts';
import { machineOf } from '../../../src/plan/accelerator.ts';
import type { HostFacts } from '../../../src/plan/facts.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { facts, roots } from '../../fakes/facts.ts';

const image = {
  name: 'debian-11',
  path: '/images/base.qcow2',
  direct: { kernel: '/images/k', initrd: '/images/i', arguments: 'root=LABEL=root ro' },
};

/** How the kernel of the lab's one VM is started. */
function directOf(vm: string, changes: Partial<HostFacts> = {}) {
  const parsed = parseLab(`vms: {one: {${vm}}}\n`, 'lab.yaml', { sandbox: true });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed));
  const { lab } = parsed;
  const plan = planLab({ lab, facts: { ...facts, image, ...changes }, roots, date: 0 });
  return machineOf('one', plan).command.direct;
}

test('the kernel gets what the image’s own boot loader gives it, and no upkeep', () => {
  expect(directOf('')).toMatchObject({ kernel: '/images/k', initrd: '/images/i' });
  const words = directOf('')?.arguments.split(' ');
  expect(words?.slice(0, 2)).toEqual(['root=LABEL=root', 'ro']);
  expect(words).toContain('systemd.mask=apt-daily.timer');
  expect(words).toContain('systemd.mask=cloud-config.service');
});

test('a VM with a cloud_config keeps all stages of cloud-init', () => {
  expect(directOf('cloud_config: {locale: C.UTF-8}')?.arguments).not.toContain('cloud-config.service');
});

test('drivers for what is only emulated are left out under TCG alone', () => {
  expect(directOf('')?.arguments).toMatch(/ modprobe\.blacklist=kvm_amd,[\w,]+ /);
  expect(directOf('', { accelerator: 'kvm' })?.arguments).not.toContain('blacklist');
});

test.each([
  ['the lab file asks for the firmware', 'boot: firmware', {}],
  ['the image has no kernel beside it', '', { image: { name: 'debian-11', path: '/images/base.qcow2' } }],
  ['no image is known yet', '', { image: null }],
])('where %s, the firmware starts the disk', (_, vm, changes) => {
  expect(directOf(vm, changes)).toBeUndefined();
});
