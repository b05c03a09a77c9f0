/** What a VM's QEMU leaves, and what of an earlier labnet's is known of its view. */
import { expect, test } from 'vitest';
import { type MachineSpec, machine } from '../../../src/resource/machine.ts';
import { wishOf } from '../../../src/resource/wish.ts';
import { specOf } from '../../fakes/made-lab.ts';

const spec = specOf('machine', 'vm1');

test('with a machine go all of its sockets, and last the place of its view', () => {
  const [first, ...rest] = machine.remove(spec);
  expect(first?.do).toBe('stop-process');
  const run = '/run/labnet/lab/vm1';
  expect(rest.map((action) => ('path' in action ? action.path : action.do))).toEqual([
    `${run}/qmp.sock`,
    `${run}/console.sock`,
    `${run}/channel.sock`,
    `${run}.view`,
  ]);
});

test('one of a labnet before views gets that of today’s, with a tun of its own where it had one', () => {
  const { view, ...before } = spec;
  const upgraded = (more: object) => machine.upgrade?.({ ...before, ...more } as unknown as MachineSpec);
  expect(upgraded({ privateTun: false })?.view).toEqual(view);
  expect(upgraded({ privateTun: true })?.view.devices).toEqual(['new tun']);
  expect(upgraded({ view })?.view).toBe(view);
});

test('what it sees of the host is no part of what was asked for', () => {
  const other = { ...spec, view: { ...spec.view, read: ['/elsewhere'] } };
  expect(wishOf(other)).toEqual(wishOf(spec));
});
