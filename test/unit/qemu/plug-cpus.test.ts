import { expect, test } from 'vitest';
import { plugCpus } from '../../../src/qemu/plug-cpus.ts';
import { partialHost } from '../../fakes/partial-host.ts';

const place = (core: number, path?: string) => ({
  type: 'max-x86_64-cpu',
  'vcpus-count': 1,
  props: { 'socket-id': 0, 'core-id': core, 'thread-id': 0 },
  ...(path === undefined ? {} : { 'qom-path': path }),
});

/** A QEMU with these places; resolves to what is plugged in. */
async function plugged(places: unknown) {
  const commands: unknown[] = [];
  const host = partialHost({
    qmp: async (_, command, args) => {
      if (command === 'query-hotpluggable-cpus') return places;
      commands.push([command, args]);
      return {};
    },
  });
  await plugCpus('/qmp', host);
  return commands;
}

test('what is free is filled, in order', async () => {
  expect(await plugged([place(2), place(1), place(0, '/machine/unattached/device[0]')])).toEqual([
    ['device_add', { driver: 'max-x86_64-cpu', id: 'cpu256', 'socket-id': 0, 'core-id': 1, 'thread-id': 0 }],
    ['device_add', { driver: 'max-x86_64-cpu', id: 'cpu512', 'socket-id': 0, 'core-id': 2, 'thread-id': 0 }],
  ]);
});

test('a VM that has all its CPUs is left alone', async () => {
  expect(await plugged([place(1, '/a'), place(0, '/b')])).toEqual([]);
});

test('an answer of another form is an error, not a guess', async () => {
  await expect(plugged([{ type: 1 }])).rejects.toThrow();
});
