import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabnetError } from '../../../src/errors.ts';
import { listLabs, loadPlan, savePlan } from '../../../src/labs/lab-store.ts';
import { formatPlan, parsePlan } from '../../../src/labs/plan-file.ts';
import { facts, roots } from '../../fakes/facts.ts';
import { newRun } from '../../fakes/lab-run.ts';
import { planOfSize, planOfText, planOfUser } from '../../fakes/plans.ts';
import { trappedWorld } from '../../fakes/trapped-world.ts';

const plan = planOfSize(2, true);
const text = formatPlan(plan);
const path = '/var/lib/labnet/labs/lab/plan.json';

test.each([true, false])('what is written is what is read, sandbox %s', (sandbox) => {
  const one = planOfSize(2, sandbox);
  expect(parsePlan(formatPlan(one), one.lab, path)).toEqual(JSON.parse(JSON.stringify(one)));
});

test('one of a user’s own host is read there, and nowhere else', () => {
  const own = planOfUser();
  expect(parsePlan(formatPlan(own), own.lab, path, 'own')).toEqual(JSON.parse(JSON.stringify(own)));
  expect(() => parsePlan(formatPlan(own), own.lab, path)).toThrow('guests.0.uid');
  expect(() => parsePlan(text, plan.lab, path, 'own')).toThrow('guests.0.uid');
});

test('it is root’s, and nobody else’s', async () => {
  const host = newRun(trappedWorld());
  await host.makeDirectory('/var/lib/labnet/labs/lab', { mode: 0o711 });
  await savePlan(plan, host, roots);
  expect(await host.stat(path)).toMatchObject({ uid: 0, mode: 0o600 });
  expect(facts.invoker).not.toBe(0);
  expect(await loadPlan('lab', host, roots)).toMatchObject({ lab: 'lab' });
});

test.each([true, false])('the namespace is the plan’s, also where format 1 has it: sandbox %s', (sandbox) => {
  const { namespace, ...one } = planOfSize(2, sandbox);
  const written = JSON.stringify({ format: 1, ...one, network: { ...one.network, namespace } });
  expect(written.includes('host.ns"}')).toBe(sandbox);
  expect(parsePlan(written, one.lab, path)).toEqual(JSON.parse(JSON.stringify({ ...one, namespace })));
});

test('VMs have the numbers that the file says, and where it says none, those of their places', () => {
  const one = planOfText('vms: {a: , b: , c: }\n', false, new Map([['b', 7]]));
  const numbers = (written: unknown) =>
    parsePlan(JSON.stringify(written), one.lab, path).guests.map(({ number }) => number);
  expect(numbers({ format: 2, ...one })).toEqual([0, 1, 7]);
  const former = one.guests.map(({ number: _, ...guest }) => guest);
  expect(numbers({ format: 1, ...one, guests: former })).toEqual([0, 1, 2]);
});

describe('refused is one', () => {
  const changed = (change: (value: ReturnType<typeof parsed>) => void) => {
    const value = parsed();
    change(value);
    return JSON.stringify(value);
  };
  const parsed = () =>
    JSON.parse(text) as {
      format: number;
      guests: Record<string, unknown>[];
      network: Record<string, unknown>;
      namespace: unknown;
      stages: { specs: Record<string, unknown>[] }[];
    };
  const guest = (key: string, value: unknown) =>
    changed(({ guests }) => {
      for (const one of guests) one[key] = value;
    });

  test.each([
    ['empty', ''],
    ['cut short', text.slice(0, -1)],
    ['of zeros', '\0'.repeat(4096)],
    ['null', 'null'],
    ['a list', '[]'],
    ['of no format', JSON.stringify(plan)],
    [
      'of a newer format',
      changed((value) => {
        value.format = 3;
      }),
    ],
    ['of another lab', formatPlan({ ...plan, lab: 'other' })],
    [
      'without guests',
      changed((value) => {
        Reflect.deleteProperty(value, 'guests');
      }),
    ],
    ['whose user is an option of ssh', guest('user', '-oProxyCommand=id')],
    ['whose address is a name', guest('address', 'example.org')],
    ['whose guest is a path', guest('name', '../../etc')],
    ['whose number no tap can have', guest('number', 100)],
    ['whose number is none', guest('number', -1)],
    ['whose uid is root', guest('uid', 0)],
    ['whose uid is none', guest('uid', -1)],
    ['whose uuid is any word', guest('uuid', 'x')],
    [
      'whose namespace is an option',
      changed((value) => {
        value.namespace = '--x';
      }),
    ],
    [
      'whose network, as in format 1, has a namespace that is an option',
      changed((value) => {
        value.format = 1;
        value.network.namespace = '--x';
      }),
    ],
    [
      'with a resource of no kind',
      changed(({ stages }) => {
        for (const { specs } of stages) for (const spec of specs) Reflect.deleteProperty(spec, 'kind');
      }),
    ],
  ])('%s', (_, written) => {
    expect(() => parsePlan(written, 'lab', path)).toThrow(
      expect.objectContaining({
        code: 'failed',
        message: expect.stringContaining(path),
        hint: expect.stringContaining('labnet destroy lab'),
      }),
    );
  });

  test('or it is read: whatever is cut or changed, never another error', () => {
    fc.assert(
      fc.property(
        fc.nat(text.length),
        fc.nat(text.length),
        fc.string({ maxLength: 3 }),
        (from, length, put) => {
          try {
            parsePlan(text.slice(0, from) + put + text.slice(from + length), 'lab', path);
          } catch (error) {
            expect(error).toBeInstanceOf(LabnetError);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('what is no directory of a lab’s name among the labs is no lab', async () => {
  const host = newRun(trappedWorld());
  for (const name of ['lab', 'Not-A-Lab', '.hidden', 'lost+found'])
    await host.makeDirectory(`/var/lib/labnet/labs/${name}`, { mode: 0o711 });
  await host.write('/var/lib/labnet/labs/notes', '', { mode: 0o600 });
  expect(await listLabs(host, roots)).toEqual(['lab']);
});
