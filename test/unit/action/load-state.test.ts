import { expect, test } from 'vitest';
import { loadState, NotLoaded } from '../../../src/action/load-state.ts';
import { partialHost } from '../../fakes/partial-host.ts';

/** A QEMU that is loading for some looks, and then has this status. */
function qemu(looks: number, refusal?: string) {
  const said: string[] = [];
  const host = partialHost({
    qmp: async (_, command) => {
      said.push(command);
      if (command === refusal) throw new Error('refused');
      if (command === 'query-hotpluggable-cpus') return [{ type: 'max-x86_64-cpu', props: { 'core-id': 1 } }];
      looks -= command === 'query-status' ? 1 : 0;
      return { status: looks > 0 ? 'inmigrate' : 'paused' };
    },
  });
  return { host, said };
}

test('the VM goes on once all is loaded', async () => {
  const { host, said } = qemu(3);
  await loadState({ do: 'load-state', qmp: '/qmp', lateCpus: false }, host);
  expect(said).toEqual(['migrate-incoming', 'query-status', 'query-status', 'query-status', 'cont']);
});

test('CPUs that came late are there before the state', async () => {
  const { host, said } = qemu(1);
  await loadState({ do: 'load-state', qmp: '/qmp', lateCpus: true }, host);
  expect(said).toEqual(['query-hotpluggable-cpus', 'device_add', 'migrate-incoming', 'query-status', 'cont']);
});

test('memory that is mapped is told before the state comes', async () => {
  const { host, said } = qemu(1);
  await loadState({ do: 'load-state', qmp: '/qmp', lateCpus: false, memoryApart: true }, host);
  expect(said).toEqual(['migrate-set-capabilities', 'migrate-incoming', 'query-status', 'cont']);
});

test.each(['migrate-incoming', 'query-status', 'cont'])(
  'a QEMU that refuses %s is an error',
  async (command) => {
    const { host } = qemu(1, command);
    await expect(loadState({ do: 'load-state', qmp: '/qmp', lateCpus: false }, host)).rejects.toThrow(
      new NotLoaded('failed', 'refused'),
    );
  },
);
