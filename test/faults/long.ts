/** What the long run adds: two faults in a row, at named operations, or kills at random moments. */
import {
  type Case,
  comesEachTime,
  commandModes,
  hash,
  isCommand,
  keyOf,
  type Lab,
  parseKey,
  type Recorded,
} from './cases.ts';
import type { Runs } from './runs.ts';
import { struck } from './trial.ts';
import type { World } from './world.ts';

/** Every command of provision with every command of destroy: something goes wrong at one, then at the other. */
export function allPairs(lab: Lab, recorded: Recorded): readonly string[] {
  const commands = (phase: Case['phase']) =>
    recorded[phase].filter((op) => isCommand(op) && comesEachTime(op));
  const first = commands('provision');
  const second = commands('destroy');
  return first.flatMap((one) =>
    second.map((other) => {
      const of = (phase: Case['phase'], op: string) =>
        keyOf({ lab, phase, op, mode: modeFor(`${lab} ${one} ${other} ${phase}`) });
      return `pair ${of('provision', one)} ${separator} ${of('destroy', other)}`;
    }),
  );
}

const separator = 'and then';

/** All of them come equally often; which one where depends on the pair alone. */
function modeFor(name: string): Case['mode'] {
  return commandModes[hash(name) % commandModes.length] ?? 'kill-before';
}

export function randomKills(seed: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `random ${seed} ${index}`);
}

/** Whether a key names one of these. */
export function isLong(key: string): boolean {
  return /^(?:pair|random) /.test(key);
}

/** How many of the two came about: labnet may have ended by the second, or have nothing to do where it was to come. */
export interface Struck {
  readonly struck: number;
}

/** @returns undefined where the key names none of these */
export function longTrial(key: string, world: World, runs: Runs): Promise<Struck> | undefined {
  const [kind, ...rest] = key.split(' ');
  if (kind === 'pair') return pair(rest.join(' ').split(` ${separator} `).map(parseKey), world, runs);
  if (kind === 'random') return random(key, world, runs);
  return undefined;
}

async function pair(cases: readonly Case[], world: World, runs: Runs): Promise<Struck> {
  // A lab that is kept is made in another way.
  world.emptyCache();
  const came: boolean[] = [];
  for (const one of cases) came.push((await struck(one, world, runs)).came);
  // The host was as it is when runs are recorded.
  if (came[0] === false) throw new Error('provision never came to this operation');
  for (const lab of new Set(cases.map((one) => one.lab)))
    await runs.succeed(lab, 'destroy', 'after both faults');
  await runs.identical('at the end');
  return { struck: came.filter(Boolean).length };
}

/** Milliseconds that provision and destroy may take here, kills apart. */
const moments = { provision: 2_500, destroy: 1_200 } as const;

/** The key decides the moments; how far labnet has come by then is up to the machine. */
async function random(key: string, world: World, runs: Runs): Promise<Struck> {
  world.emptyCache();
  const lab: Lab = hash(`${key} lab`) % 2 === 0 ? 'own' : 'sandbox';
  let count = 0;
  for (const phase of ['provision', 'destroy'] as const) {
    const killAfter = 100 + (hash(`${key} ${phase}`) % moments[phase]);
    const { killed } = await runs.labnet(lab, phase, { killAfter });
    if (killed) count += 1;
  }
  await runs.succeed(lab, 'destroy', 'after both kills');
  await runs.identical('at the end');
  return { struck: count };
}
