/** Changes to a made lab, one at a time, and how each must show. */
import { describe, expect, test } from 'vitest';
import type { Kind, ResourceSpec } from '../../../src/resource/index.ts';
import { inspect, madeLab, specOf } from '../../fakes/made-lab.ts';
import type { World } from '../../fakes/world.ts';

export interface Case {
  readonly what: string;
  readonly change: (world: World) => void;
  /** What differs, or what is found instead. */
  readonly says: RegExp;
  readonly state?: 'foreign';
}

/** The kind, the name within the kind, and what may have happened to it. */
export type KindCases = readonly [Kind, string, readonly Case[]];

export function describePresences(cases: readonly KindCases[]): void {
  describe.each(cases)('a %s (%s)', (kind, name, changes) => {
    const spec: ResourceSpec = specOf(kind, name);

    test.each(changes)('$what', async ({ change, says, state }) => {
      const world = await madeLab();
      change(world);
      const presence = await inspect(spec, world);
      expect(presence.state).toBe(state ?? 'drifted');
      const said = presence.state === 'drifted' ? presence.differences.join('\n') : JSON.stringify(presence);
      expect(said).toMatch(says);
    });
  });
}
