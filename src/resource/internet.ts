import { findProcess } from '../action/stop-process.ts';
import { absent, type ResourceType, type SpecBase } from './resource-type.ts';

/**
 * The stand-in internet's one host: a small HTTP and DNS server in the sandbox. It starts as root and gives that up
 * itself, once it has read its program, which may lie in a home that only its owner can read.
 */
export interface InternetSpec extends SpecBase {
  readonly kind: 'internet';
  readonly namespace: string;
  readonly address: string;
  /** The name its DNS knows that address by. */
  readonly name: string;
  readonly uuid: string;
  readonly uid: number;
  /** How to start labnet, which has the server as a command. */
  readonly program: readonly string[];
  /** File that the server makes when it listens. */
  readonly ready: string;
  readonly log: string;
}

export const internet: ResourceType<InternetSpec> = {
  kind: 'internet',
  why: ({ address }) =>
    `stands in for the internet: ${address} answers ping, HTTP and DNS, and no packet leaves the PC`,
  create: ({ namespace, address, name, uuid, uid, program, ready, log }) => [
    // A killed server leaves it, and it would pass for the new one's.
    { do: 'remove', path: ready },
    {
      do: 'spawn',
      namespace,
      argv: [...program, 'stand-in-internet', address, name, ready, String(uid), uuid],
      ready: { path: ready, seconds: 20 },
      log,
    },
  ],
  remove: ({ uuid, uid, ready, log }) => [
    { do: 'stop-process', uuid, uid },
    { do: 'remove', path: ready },
    { do: 'remove', path: log },
  ],
  async inspect({ uuid, uid }, { host }) {
    const process = await findProcess(uuid, uid, host);
    return process === undefined
      ? absent
      : { state: 'ours', record: { pid: process.pid, startTime: process.startTime } };
  },
};
