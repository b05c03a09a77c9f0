/** What the long run adds: two kills in a row, at named operations or at random moments. */
import { type Case, hash, isCommand, keyOf, type Lab, parseKey, type Recorded } from './cases.ts';
import type { Runs } from './runs.ts';
import type { World } from './world.ts';

/** Every command of provision with every command of destroy: killed at one, then at the other. */
export function allPairs(lab: Lab, recorded: Recorded): readonly string[] {
  const kills = ['kill-before', 'kill-after'] as const;
  const killedAt = (phase: Case['phase']) =>
    recorded[phase].filter(isCommand).map((op, index): Case => {
      const mode = kills[index % 2] ?? 'kill-before';
      return { lab, phase, op, mode };
    });
  const second = killedAt('destroy');
  return killedAt('provision').flatMap((one) =>
    second.map((other) => `pair ${keyOf(one)} ${separator} ${keyOf(other)}`),
  );
}

const separator = 'and then';

export function randomKills(seed: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `random ${seed} ${index}`);
}

/** Whether a key names one of these. */
export function isLong(key: string): boolean {
  return /^(?:pair|random) /.test(key);
}

/** @returns undefined where the key names none of these */
export function longTrial(key: string, world: World, runs: Runs): Promise<void> | undefined {
  const [kind, ...rest] = key.split(' ');
  if (kind === 'pair') return pair(rest.join(' ').split(` ${separator} `).map(parseKey), world, runs);
  if (kind === 'random') return random(key, world, runs);
  return undefined;
}

async function pair(cases: readonly Case[], world: World, runs: Runs): Promise<void> {
  // A lab that is kept is made in another way.
  world.emptyCache();
  const met = `${world.directory}/met`;
  for (const { lab, phase, op, mode } of cases) {
    await runs.labnet(lab, phase, { faults: { at: { op, mode, world: [] }, met } });
  }
  for (const lab of new Set(cases.map((one) => one.lab)))
    await runs.succeed(lab, 'destroy', 'after both kills');
  await runs.identical('at the end');
}

/** Milliseconds that provision and destroy may take here, kills apart. */
const moments = { provision: 2_500, destroy: 1_200 } as const;

/** The key decides the moments; how far labnet has come by then is up to the machine. */
async function random(key: string, world: World, runs: Runs): Promise<void> {
  world.emptyCache();
  const lab: Lab = hash(`${key} lab`) % 2 === 0 ? 'own' : 'sandbox';
  for (const phase of ['provision', 'destroy'] as const) {
    const killAfter = 100 + (hash(`${key} ${phase}`) % moments[phase]);
    await runs.labnet(lab, phase, { killAfter });
  }
  await runs.succeed(lab, 'destroy', 'after both kills');
  await runs.identical('at the end');
}
