/** A guest is waited for as long as its checks may take, whoever answers in it. */
import { expect, test } from 'vitest';
import { allowedMs } from '../../../src/checks/how-long.ts';
import { checksOf } from '../../../src/checks/planned.ts';
import { planOfSize } from '../../fakes/plans.ts';

const ofSize = (size: number) => {
  const plan = planOfSize(size, true);
  const [guest] = plan.guests;
  if (guest === undefined) throw new Error('a lab has a guest');
  return checksOf(guest, plan);
};

test('each check adds what it may take, each wait of it too, and a guest that may leave some more', () => {
  const ping = { id: 'ping', from: 'vm1', ping: '192.168.6.2' };
  const none = allowedMs([], false);
  expect(allowedMs([ping], false) - none).toBe(10_000);
  expect(allowedMs([{ ...ping, within: 7 }], false) - none).toBe(17_000);
  expect(allowedMs([ping], true) - none).toBe(70_000);
});

test('of a usual lab that is less than of a large one, which has its bound', () => {
  expect(allowedMs(ofSize(1), false)).toBeLessThan(200_000);
  expect(allowedMs(ofSize(1), false)).toBeLessThan(allowedMs(ofSize(3), false));
  expect(allowedMs(ofSize(60), false)).toBe(300_000);
});
