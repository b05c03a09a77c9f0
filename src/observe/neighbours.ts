/** Machines next to the host, as its kernel knows them (ip-neighbour(8)). */
import type { Host } from '../host/host.ts';
import * as z from '../zod.ts';

const schema = z.array(
  z.looseObject({ dst: z.string(), dev: z.string(), state: z.array(z.string()).default([]) }),
);

/** A machine next to the host. */
export interface Neighbour {
  readonly address: string;
  readonly device: string;
  /**
   * Its state in the kernel's table; `REACHABLE`: it has answered within the last half minute or so; `FAILED`: it does
   * not.
   */
  readonly state: readonly string[];
}

/** The neighbours that the kernel knows by an IPv4 address. */
export async function readNeighbours(host: Host, namespace?: string): Promise<readonly Neighbour[]> {
  const { stdout } = await host.run(['ip', '-json', '-4', 'neighbour', 'show'], { namespace });
  return schema
    .parse(JSON.parse(stdout || '[]'))
    .map(({ dst, dev, state }) => ({ address: dst, device: dev, state }));
}

/** What the kernel knows of one machine next to the host; nothing of one that it has not asked for. */
export async function stateOf(address: string, host: Host, namespace?: string): Promise<Neighbour['state']> {
  return (await readNeighbours(host, namespace)).find((one) => one.address === address)?.state ?? [];
}
