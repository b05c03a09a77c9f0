/** Machines next to the host, as its kernel knows them (ip-neighbour(8)). */
import type { Host } from '../host/host.ts';
import * as z from '../zod.ts';

const schema = z.array(
  z.looseObject({ dst: z.string(), dev: z.string(), state: z.array(z.string()).default([]) }),
);

export interface Neighbour {
  readonly address: string;
  readonly device: string;
  /** `REACHABLE`: it has answered within the last half minute or so; `FAILED`: it does not. */
  readonly state: readonly string[];
}

/** Those of IPv4. */
export async function readNeighbours(host: Host, namespace?: string): Promise<readonly Neighbour[]> {
  const { stdout } = await host.run(['ip', '-json', '-4', 'neighbour', 'show'], { namespace });
  return schema
    .parse(JSON.parse(stdout || '[]'))
    .map(({ dst, dev, state }) => ({ address: dst, device: dev, state }));
}
