import { dirname } from 'node:path';
import { findProcess } from '../action/stop-process.ts';
import type { Scope } from '../host/scope.ts';
import { unprivileged } from '../host/unprivileged.ts';
import { absent, type ResourceType, type SpecBase } from './resource-type.ts';

/**
 * The stand-in internet's one host: a small HTTP and DNS server in the sandbox. It runs without any right from its first
 * moment: Debian's Node refuses setuid(2) and its kin (CVE-2024-22017), so it could not give one up. Node and the server's
 * code may lie in a home that only its owner can read: it gets both as open files.
 */
export interface InternetSpec extends SpecBase {
  readonly kind: 'internet';
  readonly namespace: string;
  readonly address: string;
  /** The name its DNS knows that address by. */
  readonly name: string;
  readonly uuid: string;
  readonly uid: number;
  /** Node, and the server as one file. */
  readonly node: string;
  readonly code: string;
  /** File that the server makes when it listens. */
  readonly ready: string;
  readonly log: string;
  readonly scope?: Scope | undefined;
}

/** In a namespace of labnet's own the ports 53 and 80 need no right (ip-sysctl, "ip_unprivileged_port_start"). */
const openPorts = 'net.ipv4.ip_unprivileged_port_start=0';

export const internet: ResourceType<InternetSpec> = {
  kind: 'internet',
  why: ({ address }) =>
    `stands in for the internet: ${address} answers ping, HTTP and DNS, and no packet leaves the PC`,
  create: ({ namespace, address, name, uuid, uid, node, code, ready, log, scope }) => [
    { do: 'run', namespace, argv: ['sysctl', '--quiet', '--write', openPorts] },
    // A killed server leaves it, and it would pass for the new one's.
    { do: 'remove', path: ready },
    {
      do: 'spawn',
      namespace,
      argv: unprivileged(uid, [
        '/proc/self/fd/3',
        '--input-type=module',
        '-',
        ...['stand-in-internet', address, name, ready, uuid],
      ]),
      stdin: code,
      input: node,
      ready: { path: ready, seconds: 20 },
      log,
      scope,
    },
  ],
  remove: ({ uuid, uid, ready, log }) => [
    { do: 'stop-process', uuid, uid },
    { do: 'remove', path: ready },
    { do: 'remove', path: log },
  ],
  // A labnet before 0.2 noted how to start itself: node, and the script beside which the server lies by now.
  upgrade(spec) {
    if (!('program' in spec)) return spec;
    const [node = '', cli = ''] = spec.program as readonly string[];
    return { ...spec, node, code: `${dirname(cli)}/stand-in-internet.js` };
  },
  wish: ({ namespace, address, name, uid, uuid }) => ({ namespace, address, name, uid, uuid }),
  async inspect({ uuid, uid }, { host }) {
    const process = await findProcess(uuid, uid, host);
    return process === undefined
      ? absent
      : { state: 'ours', record: { pid: process.pid, startTime: process.startTime } };
  },
};
