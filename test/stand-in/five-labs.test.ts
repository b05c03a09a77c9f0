/** Five labs on one real kernel come, go, are killed and repaired: none disturbs another, and none leaves a trace. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scopes } from '../fakes/forwarding-labs.ts';
import { farSide } from './host-network.ts';
import { type StandInPlace, standInPlace } from './place.ts';

const seed = Number(process.env.LABNET_TEST_SEED ?? Date.now() % 2 ** 31);
const names = ['a', 'b', 'c', 'd', 'e'] as const;
type Name = (typeof names)[number];

type Deed = 'provision' | 'kill provision' | 'destroy' | 'kill QEMU';

/** What is done after two labs have been made, in another order each time. */
const deeds: Deed[] = [
  'provision',
  'provision',
  'provision',
  'kill provision',
  'kill provision',
  'kill provision',
  'destroy',
  'destroy',
  'kill QEMU',
];

/** Of each the first lab that a deed can be done to is taken. */
const orderOfLabs = fc.shuffledSubarray([...names], { minLength: names.length });

/** Where labnet is killed: so many milliseconds after it has begun with a part of its work. */
const moment = fc.record({ stage: fc.constantFrom('Host', 'Canary', 'Machines'), delay: fc.nat(200) });
type Moment = typeof moment extends fc.Arbitrary<infer T> ? T : never;

const schedule = fc.record({
  scopes: fc.tuple(...names.map(() => fc.constantFrom(...scopes))),
  first: orderOfLabs,
  steps: fc
    .shuffledSubarray(deeds, { minLength: deeds.length })
    .chain((order) =>
      fc.tuple(...order.map((deed) => fc.record({ deed: fc.constant(deed), order: orderOfLabs, moment }))),
    ),
  last: orderOfLabs,
});

let place: StandInPlace;
/** Labs of which everything must work. */
const whole = new Set<Name>();
/** Labs of which a provision was killed since they were whole, or destroyed. */
const killed = new Set<Name>();
/** What has happened, for whoever reads of a failure. */
const story: string[] = [];

beforeAll(async () => {
  place = await standInPlace();
});

afterAll(() => place.close());

test(`a schedule of five labs (seed ${seed})`, { timeout: 300_000 }, async () => {
  const [chosen] = fc.sample(schedule, { seed, numRuns: 1 });
  if (chosen === undefined) throw new Error('no schedule');
  names.forEach((name, index) => {
    writeFileSync(join(place.directory, `${name}.yaml`), labFile(name, chosen.scopes[index]));
  });
  const before = await place.snapshot();
  for (const name of chosen.first.slice(0, 2)) await provision(name);
  for (const { deed, order, moment } of chosen.steps) {
    const name = order.find((one) => fits(deed, one));
    if (name === undefined) continue;
    await perform(deed, name, moment);
    // What a deed has just proved itself is not asked again.
    const others = order.filter((one) => one !== name && whole.has(one));
    for (const other of others.slice(0, 2)) await expectToWork(other);
  }
  for (const name of whole) await expectToWork(name);
  for (const name of chosen.last) {
    await destroy(name);
    const [other] = whole;
    if (other !== undefined) await expectToWork(other);
  }
  expect(await place.snapshot(), story.join(', ')).toEqual(before);
});

const fits = (deed: Deed, name: Name) => whole.has(name) === (deed === 'destroy' || deed === 'kill QEMU');

async function perform(deed: Deed, name: Name, at: Moment): Promise<void> {
  if (deed === 'provision') await provision(name);
  else if (deed === 'kill provision') await killProvision(name, at);
  else if (deed === 'destroy') await destroy(name);
  else await killQemu(name);
}

async function provision(name: Name): Promise<void> {
  story.push(`provision ${name}`);
  const { status, value } = await place.json('provision', `${name}.yaml`);
  // Killed while the lab was kept, labnet leaves the VMs standing still; they are not made over, but it says what to type.
  if (killed.has(name) && value.error?.hint.includes('labnet repair')) await expectOk('repair', name);
  else expect({ status, error: value.error }, story.join(', ')).toEqual({ status: 0, error: undefined });
  whole.add(name);
  killed.delete(name);
}

async function killProvision(name: Name, { stage, delay }: Moment): Promise<void> {
  story.push(`kill provision ${name} ${delay} ms after ${stage}`);
  const again = killed.has(name);
  killed.add(name);
  const run = place.start('provision', `${name}.yaml`);
  const came = await run.said(stage).then(
    () => true,
    () => false,
  );
  // What an earlier kill has left standing still is refused before anything is begun.
  if (!came) {
    expect(again, (await run.ended).stderr).toBe(true);
    return;
  }
  // As the cage knows it: the first of its name is labnet, what follows is what it has started.
  const found = await place.inHost('pgrep', '--full', `node .* provision ${name}.yaml`).catch(() => '');
  const [pid = ''] = found.split('\n');
  await sleep(delay);
  // On a quick machine it may have ended by now.
  await place.inHost('kill', '-KILL', pid).catch(() => {});
  await run.ended;
}

async function destroy(name: Name): Promise<void> {
  story.push(`destroy ${name}`);
  whole.delete(name);
  killed.delete(name);
  await expectOk('destroy', name, '--yes');
}

async function killQemu(name: Name): Promise<void> {
  story.push(`kill QEMU of ${name}`);
  const [pid = ''] = (await place.inHost('pgrep', '--full', '--', `-name labnet-${name}-one`)).split('\n');
  await place.inHost('kill', '-KILL', pid);
  await expectOk('repair', name);
}

const expectToWork = (name: Name) => expectOk('verify', name);

async function expectOk(...args: string[]): Promise<void> {
  const { status, value } = await place.json(...args);
  const failed = value.verify?.probes.filter((probe) => probe.status === 'failed') ?? [];
  const told = { args, status, error: value.error, failed };
  expect(told, story.join(', ')).toEqual({ args, status: 0, error: undefined, failed: [] });
}

function labFile(name: Name, scope = 'interface'): string {
  const number = names.indexOf(name) + 1;
  return `name: ${name}
host: {forwarding: ${scope}}
networks: [{name: br${number}, address: 10.${number}.0.1/24, taps: ${name}tap, dns: [${farSide.server}]}]
verify: {internet: "${farSide.name}:80"}
vms: {one: {cpus: 1}${number % 2 === 0 ? ', two: {cpus: 1}' : ''}}
`;
}
