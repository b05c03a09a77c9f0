/** The host before a lab's first provision, kept in the lab's directory, and what differs from it afterwards. */

import { type Ledger, parseLedger } from '../action/settings-ledger.ts';
import type { Host } from '../host/host.ts';
import { hashFile } from '../host/plain-file.ts';
import { type HostState, readHostState, stateParts } from '../observe/host-state.ts';
import { labPaths, type Roots, settingsLedger } from '../paths.ts';
import { markOf } from '../resource/mark.ts';
import * as z from '../zod.ts';

/** The file of a base image, and what it held. */
export interface Base {
  readonly path: string;
  readonly sha256: string;
}

const text = z.array(z.string());
const schema = z.object({
  boot: z.string(),
  image: z.object({ path: z.string(), sha256: z.string() }),
  state: z.object({
    links: text,
    routes: text,
    rules: text,
    nftables: text,
    iptables: text,
    settings: text,
    mounts: text,
    cgroups: text,
    sockets: text,
  }),
});

/** The host as it was before a lab's first provision. */
export type Snapshot = z.infer<typeof schema>;

/** Takes and keeps a snapshot. Call it under the host's lock, before the first change. */
export async function saveSnapshot(lab: string, image: Base, host: Host, roots: Roots): Promise<void> {
  const [boot, state] = await Promise.all([host.bootId(), readForLab(lab, host, roots)]);
  const { path, sha256 } = image;
  await host.write(labPaths(roots, lab).snapshot, JSON.stringify({ boot, image: { path, sha256 }, state }), {
    mode: 0o600,
  });
}

/**
 * The snapshot of a lab; undefined when none was kept, or it is not as this labnet reads it: then there is nothing to
 * compare with.
 */
export async function loadSnapshot(lab: string, host: Host, roots: Roots): Promise<Snapshot | undefined> {
  const found = await host.read(labPaths(roots, lab).snapshot);
  if (found === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(found)).data;
  } catch {
    return undefined;
  }
}

/** What on the host is not as it was, one line each; none when all is as it was. Call it under the host's lock. */
export async function differencesSince(
  before: Snapshot,
  lab: string,
  host: Host,
  roots: Roots,
): Promise<readonly string[]> {
  const [state, boot, running, hash] = await Promise.all([
    readForLab(lab, host, roots),
    host.bootId(),
    processesOf(lab, host, roots),
    hashFile(before.image.path, 'sha256').catch(() => 'gone'),
  ]);
  const found = [
    ...stateParts.flatMap((part) => compare(part, before.state[part], state[part])),
    ...running.map((line) => `processes: new: ${line}`),
    ...(hash === before.image.sha256
      ? []
      : [`base image: ${before.image.path} has sha256 ${hash}, not ${before.image.sha256}`]),
  ];
  const rebooted = 'the host was rebooted since: what it set up anew is among the differences';
  return found.length > 0 && boot !== before.boot ? [rebooted, ...found] : found;
}

/** The state of the host without what other labs have made or hold: that comes and goes with them. */
async function readForLab(lab: string, host: Host, roots: Roots): Promise<HostState> {
  const hides = (mark: string) => mark.startsWith(markOf('')) && mark !== markOf(lab);
  const [state, ledger] = await Promise.all([readHostState(host, hides), host.read(settingsLedger(roots))]);
  const others = ledger === undefined ? new Map() : heldByOthers(parseLedger(ledger), lab);
  const { dir, run } = labPaths(roots, lab);
  return {
    ...state,
    settings: state.settings.map((line) => {
      const [key = ''] = line.split(' = ');
      return others.has(key) ? `${key} = ${others.get(key)}` : line;
    }),
    // labnet mounts in its own directories alone; a stick that is plugged in or a container's mount is no trace of it.
    mounts: state.mounts.filter((line) => [dir, run].some((own) => line.includes(` ${own}/`))),
  };
}

/**
 * The settings that other labs hold, with their values before the first lab: they are put back only after those labs
 * have left.
 */
function heldByOthers({ holders, before }: Ledger, lab: string): ReadonlyMap<string, string> {
  return [...holders.keys()].some((name) => name !== lab) ? before : new Map();
}

/** Processes that have a file of the lab on their command line. */
async function processesOf(lab: string, host: Host, roots: Roots): Promise<readonly string[]> {
  const { dir, run } = labPaths(roots, lab);
  return (await host.processes())
    .filter(({ argv }) => argv.some((word) => word.includes(`${dir}/`) || word.includes(`${run}/`)))
    .map(({ pid, argv }) => `${pid} ${argv.join(' ')}`);
}

/** Settings that come with a kernel module, which stays loaded: the first NAT rule loads nf_conntrack. */
const ofModules = /^net\.(netfilter\.|bridge\.|nf_conntrack)/;

function compare(part: string, before: readonly string[], after: readonly string[]): readonly string[] {
  const gone = without(before, after);
  const keys = new Set(gone.map(keyOf));
  const fresh = without(after, before).filter((line) => !ofModules.test(line) || keys.has(keyOf(line)));
  const changed = [
    ...gone.map((line) => `${part}: gone: ${line}`),
    ...fresh.map((line) => `${part}: new: ${line}`),
  ];
  const moved =
    changed.length === 0 && before.length === after.length && before.join('\n') !== after.join('\n');
  return moved ? [`${part}: in another order`] : changed;
}

const keyOf = (line: string) => line.split(' = ')[0];

/** The lines of `all` that are not in `other`, each as often as it is missing there. */
function without(all: readonly string[], other: readonly string[]): readonly string[] {
  const rest = new Map<string, number>();
  for (const line of other) rest.set(line, (rest.get(line) ?? 0) + 1);
  return all.filter((line) => {
    const count = rest.get(line) ?? 0;
    rest.set(line, count - 1);
    return count <= 0;
  });
}
