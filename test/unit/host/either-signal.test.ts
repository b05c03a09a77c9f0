import { expect, test } from 'vitest';
import { eitherSignal } from '../../../src/host/either-signal.ts';

test.each([0, 1])('signal number %i of two aborts it, with its reason', (which) => {
  const two = [new AbortController(), new AbortController()] as const;
  const either = eitherSignal(two[0].signal, two[1].signal);
  expect(either.aborted).toBe(false);
  two[which]?.abort('enough');
  expect([either.aborted, either.reason]).toEqual([true, 'enough']);
});

test.each([0, 1])('one that was aborted before counts: number %i', (which) => {
  const two = [new AbortController(), new AbortController()] as const;
  two[which]?.abort('long ago');
  expect(eitherSignal(two[0].signal, two[1].signal).reason).toBe('long ago');
});
