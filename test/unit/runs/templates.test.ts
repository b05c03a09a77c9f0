import { beforeEach, describe, expect, test } from 'vitest';
import { cachePaths } from '../../../src/kept/cache.ts';
import { closeSaved } from '../../../src/kept/saved-lab.ts';
import { parseLab } from '../../../src/lab/validate.ts';
import { machineOf } from '../../../src/plan/accelerator.ts';
import type { HostFacts } from '../../../src/plan/facts.ts';
import { planLab } from '../../../src/plan/plan-lab.ts';
import { machine } from '../../../src/resource/machine.ts';
import { templatesFor, withClones } from '../../../src/runs/templates.ts';
import { facts, roots } from '../../fakes/facts.ts';
import { MemoryHost } from '../../fakes/memory-host.ts';
import { World } from '../../fakes/world.ts';

const direct = { kernel: '/s/1.kernel', initrd: '/s/1.initrd', arguments: 'root=LABEL=root ro' };
const image = { name: 'debian-11', path: '/s/1.qcow2', direct };

let host: MemoryHost;

beforeEach(() => {
  host = new MemoryHost(new World());
});

function planned(text: string, changes: Partial<HostFacts> = {}) {
  const parsed = parseLab(text, 'lab.yaml', { sandbox: true });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  const input = { lab: parsed.lab, facts: { ...facts, image, ...changes }, roots, date: 0 };
  return { lab: parsed.lab, plan: planLab(input) };
}

const found = async (text: string, changes: Partial<HostFacts> = {}) => {
  const { lab, plan } = planned(text, changes);
  return templatesFor(lab, plan, { host, roots });
};

const keyOf = async (text: string, changes: Partial<HostFacts> = {}) =>
  (await found(text, changes)).templates.map(({ key }) => key);

test('VMs of one make share a template, whatever they are called and where', async () => {
  const { templates, notes } = await found('vms: {vm1: , db: {address: 192.168.6.77}}');
  expect(templates.map(({ vms, there }) => [vms, there])).toEqual([[['vm1', 'db'], false]]);
  expect(notes).toEqual([]);
  expect(await keyOf('name: other\nvms: {one: , two: }')).toEqual(templates.map(({ key }) => key));
});

describe('another make is another template', () => {
  test.each([
    ['memory', 'vms: {vm1: {memory: 1024M}}', {}],
    ['CPUs', 'vms: {vm1: {cpus: 1}}', {}],
    ['disk', 'vms: {vm1: {disk: 11G}}', {}],
    ['image', 'vms: {vm1: }', { image: { ...image, path: '/s/2.qcow2' } }],
    ['kernel', 'vms: {vm1: }', { image: { ...image, direct: { ...direct, kernel: '/s/2.kernel' } } }],
    ['initrd', 'vms: {vm1: }', { image: { ...image, direct: { ...direct, initrd: '/s/2.initrd' } } }],
    ['accelerator', 'vms: {vm1: }', { accelerator: 'kvm' as const }],
    ['threads of QEMU', 'vms: {vm1: }', { cpus: 1 }],
  ])('%s', async (_, text, changes) => {
    const [plain] = await keyOf('vms: {vm1: }');
    const [other] = await keyOf(text, changes);
    expect(other).toMatch(/^[0-9a-f]{64}$/);
    expect(other).not.toBe(plain);
  });
});

describe('a VM that cannot be cloned boots anew, and is named', () => {
  test.each([
    ['e1000', 'vms: {vm1: {nic: e1000}}'],
    ['IDE', 'vms: {vm1: {bus: ide}}'],
    ['by firmware', 'vms: {vm1: {boot: firmware}}'],
    ['a cloud_config of its own', 'vms: {vm1: {cloud_config: {bootcmd: [date]}}}'],
  ])('%s', async (_, text) => {
    const { templates, notes } = await found(text);
    expect(templates).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/^vm1 boots? anew: /)]);
  });

  test('an image without a kernel', async () => {
    const { templates } = await found('vms: {vm1: }', { image: { name: 'mine', path: '/s/3.qcow2' } });
    expect(templates).toEqual([]);
  });
});

test('a whole template is there; a torn one is not', async () => {
  const [key = ''] = await keyOf('vms: {vm1: }');
  const directory = cachePaths.template(roots, key);
  await host.makeDirectory(directory, { mode: 0o700 });
  await host.write(`${directory}/template.memory`, 'memory', { mode: 0o600 });
  expect((await found('vms: {vm1: }')).templates[0]?.there).toBe(false);
  await closeSaved(directory, { lab: 'debian-11', key }, host);
  expect((await found('vms: {vm1: }')).templates[0]?.there).toBe(true);
});

test('a clone starts from copies, with the devices that a VM of its own has', async () => {
  const { lab, plan } = planned('vms: {vm1: , vm2: {nic: e1000}}');
  const { templates } = await templatesFor(lab, plan, { host, roots });
  const cloned = withClones(plan, templates);
  expect(machineOf('vm2', cloned)).toEqual(machineOf('vm2', plan));
  const { command, uid } = machineOf('vm1', cloned);
  const actions = machine.create(machineOf('vm1', cloned));
  expect(actions.map(({ do: deed }) => deed)).toEqual([
    'copy-file',
    'copy-file',
    'remove',
    'make-directory',
    'spawn',
    'load-state',
  ]);
  expect(actions[0]).toMatchObject({ to: command.disk, uid, mode: 0o600 });
  const spawn = actions.find((action) => action.do === 'spawn');
  expect(spawn?.argv.slice(-2)).toEqual(['-incoming', 'defer']);
  expect(spawn?.input).toBe(templates[0]?.directory.concat('/template.state'));
  expect(spawn?.sealed).toBe(templates[0]?.directory.concat('/template.memory'));
  // Mapped from there, and what it changes is its own.
  expect(spawn?.argv.join(' ')).toContain('mem-path=/proc/self/fd/4,share=off');
  const load = actions.find((action) => action.do === 'load-state');
  expect(load?.memoryApart).toBe(true);
  const devices = (argv: readonly string[] = []) =>
    argv.filter((_, index) => ['-drive', '-device', '-netdev'].includes(argv[index - 1] ?? ''));
  const whole = machine.create(machineOf('vm1', plan)).find((action) => action.do === 'spawn');
  expect(devices(spawn?.argv)).toEqual(devices(whole?.argv));
});
