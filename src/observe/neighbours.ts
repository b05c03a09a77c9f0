/** Machines next to the host, as its kernel knows them (ip-neighbour(8)). */
import type { Host } from '../host/host.ts';
import * as z from '../zod.ts';

const schema = z.array(
  z.looseObject({
    dst: z.string(),
    dev: z.string(),
    state: z.array(z.string()).default([]),
    confirmed: z.number().optional(),
  }),
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
  /** Seconds since it has last shown itself; a kernel takes it for reachable for up to a minute after that. */
  readonly confirmedSeconds?: number | undefined;
}

/** The neighbours that the kernel knows by an IPv4 address. */
export async function readNeighbours(host: Host, namespace?: string): Promise<readonly Neighbour[]> {
  const { stdout } = await host.run(['ip', '-json', '-statistics', '-4', 'neighbour', 'show'], { namespace });
  return schema.parse(JSON.parse(stdout || '[]')).map(({ dst, dev, state, confirmed }) => ({
    ...{ address: dst, device: dev, state },
    ...(confirmed === undefined ? {} : { confirmedSeconds: confirmed }),
  }));
}

/** What the kernel knows of one machine next to the host; undefined for one that it has not asked for. */
export async function neighbourAt(
  address: string,
  host: Host,
  namespace?: string,
): Promise<Neighbour | undefined> {
  return (await readNeighbours(host, namespace)).find((one) => one.address === address);
}
