/** VMs of two labs never run under the same uid: a lab whose numbers are taken is refused. */
import { expect, test } from 'vitest';
import { vmUid } from '../../../src/lab/naming.ts';
import { sharedUidFindings } from '../../../src/preflight/uids.ts';
import { roots } from '../../fakes/facts.ts';
import { MemoryHost } from '../../fakes/memory-host.ts';
import { planOfText } from '../../fakes/plans.ts';
import { trappedWorld } from '../../fakes/trapped-world.ts';

/** Two of the names whose numbers are the same. */
const [one, twin] = ['class-185', 'class-476'] as const;

async function messages(lab: string, others: readonly string[]): Promise<readonly string[]> {
  const world = trappedWorld();
  for (const other of others) world.files.makeDirectory(`${roots.state}/labs/${other}`, 0o711);
  const plan = planOfText(`name: ${lab}\nvms: {vm1: }\n`);
  return (await sharedUidFindings(plan, new MemoryHost(world), roots)).map(({ message }) => message);
}

test('a lab with the uids of another is refused, whether that one runs or not', async () => {
  expect(vmUid(one, 0)).toBe(vmUid(twin, 0));
  expect(await messages(twin, ['lab', one])).toEqual([
    `the VMs of the lab ${one} have the uids that those of ${twin} would get, and so could read their files`,
  ]);
});

test('a lab is no other than itself, and most others have numbers of their own', async () => {
  expect(await messages(one, [one, 'lab', 'class-186'])).toEqual([]);
});
