import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { quoteWord } from '../host/shell-quote.ts';
import { type Roots, shipped } from '../paths.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import type { Probe } from './probe.ts';
import { runLinesProbe } from './run-lines.ts';
import { enter, whatSshSaid } from './session.ts';
import { sshCommand } from './ssh.ts';

/** How far a guest's clock may be from the host's, in seconds. */
const clockTolerance = 5;

/** Milliseconds on a usual PC that sshd may take to come up. */
const patience = 60_000;

/** Seconds on a usual PC in which an answer to ping comes, a connection stands, ssh has reached the guest, a CPU that was
 * plugged in is online, and cloud-init has ended after it has said so. */
const answerSeconds = { ping: 10, connection: 15, ssh: 30, cpus: 5, settling: 60 };

/** The last line of the script: whoever has it has all lines before it. */
const endOfProbes = 'labnet: end of the probes';

/** What is checked on the way out, hop by hop, with the hop's name. */
const wayOut = {
  'guest-host': 'from the guest to the bridge',
  'internet-gateway': "through the host's NAT to the uplink's gateway",
  'internet-name': 'to the resolver',
  'internet-tcp': 'to the target',
} as const;

export interface GuestProbeOptions {
  readonly host: Host;
  readonly roots: Roots;
  readonly signal?: AbortSignal | undefined;
  /** It has answered to ping, or is on its way down or up: its sshd is waited for. Otherwise one try is enough. */
  readonly expected: boolean;
  /** It goes on from a saved state: clock and random generator are set first. */
  readonly restored?: boolean | undefined;
}

/** What one session brought. */
export interface Asked {
  readonly probes: readonly Probe[];
  /** The guest is about to restart or to switch itself off, and was asked nothing else. */
  readonly leaves: boolean;
}

/** All probes that run inside one guest, in one ssh session. */
export async function guestProbes(
  guest: Guest,
  plan: Plan,
  { host, roots, signal, expected, restored = false }: GuestProbeOptions,
): Promise<Asked> {
  const text = (name: string) => readFileSync(`${shipped.templates}${name}`, 'utf8');
  const wake = restored ? `entropy=${randomBytes(64).toString('hex')}\n${text('wake-guest.sh')}\n` : '';
  const script = `${wake}${variables(guest, plan, host.pace)}\n${text('going-down.sh')}\n${text('probe-guest.sh')}`;
  const argv = [
    ...sshCommand(guest, plan, roots, [
      '-o',
      'BatchMode=yes',
      '-o',
      `ConnectTimeout=${Math.ceil(answerSeconds.ssh * host.pace)}`,
    ]),
    'sh',
    '-s',
  ];
  const started = Date.now();
  const waiting = expected ? patience * host.pace : 0;
  try {
    const session = { namespace: plan.network.namespace, stdin: script, signal };
    const { stdout } = await enter(argv, session, { waiting, mayLeave: guest.mayLeave }, host);
    if (!stdout.trimEnd().endsWith(endOfProbes)) throw new LabnetError('failed', 'the session ended early');
    const login: Probe = {
      id: 'ssh',
      vm: guest.name,
      status: 'passed',
      reason: `logged in as ${guest.user}`,
      ms: Date.now() - started,
    };
    const lines = stdout.split('\n');
    if (lines.some((line) => line.startsWith('leaves\t'))) return { probes: [login], leaves: true };
    const probes = lines.flatMap((line) => readLine(line, guest, started));
    return { probes: [login, ...explainWayOut(probes), ...skipped(guest, plan)], leaves: false };
  } catch (error) {
    if (error instanceof LabnetError && error.code === 'interrupted') throw error;
    const ms = Date.now() - started;
    const tried = waiting > 0 ? ` (tried for ${Math.round(ms / 1000)} s)` : '';
    const reason = `cannot enter ${guest.name} by ssh, so nothing inside it was checked: ${whatSshSaid(error)}${tried}`;
    return { probes: [{ id: 'ssh', vm: guest.name, status: 'failed', reason, ms }], leaves: false };
  }
}

function variables(guest: Guest, { guests, network }: Plan, pace: number): string {
  const others = guests.filter(({ name }) => name !== guest.name);
  const pairs = (entries: readonly { readonly name: string; readonly address: string }[]) =>
    entries.map(({ name, address }) => `${name}=${address}`).join(' ');
  const values = {
    hostname: guest.hostname,
    hosts: pairs(guest.hosts),
    guests: pairs(others.map(({ hostname, address }) => ({ name: hostname, address }))),
    address: `${guest.address}/${network.prefix}`,
    gateway: network.address,
    resolvers: network.resolvers.filter((address) => isIPv4(address)).join(' '),
    cpus: String(guest.cpus),
    uplink_gateway: network.uplink?.gateway ?? '',
    target: network.uplink === undefined ? '' : network.target.host,
    port: String(network.target.port),
    ping_seconds: String(Math.ceil(answerSeconds.ping * pace)),
    cpu_seconds: String(Math.ceil(answerSeconds.cpus * pace)),
    settle_seconds: String(Math.ceil(answerSeconds.settling * pace)),
    lines: String(guest.run.length),
    may_leave: guest.mayLeave ? 'yes' : '',
    connection_seconds: String(Math.ceil(answerSeconds.connection * pace)),
    end_of_probes: endOfProbes,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quoteWord(value) || "''"}`)
    .join('\n');
}

function readLine(line: string, guest: Guest, started: number): readonly Probe[] {
  const [id, status, ms, reason, ...more] = line.split('\t');
  if (id === undefined || reason === undefined) return [];
  if (id === 'run') {
    const [ended = '', end, said = ''] = more;
    return [runLinesProbe(guest, { begun: reason, ended, done: end === 'done', said })];
  }
  if (id === 'clock') return [clockProbe(guest, Number(reason), started)];
  return [{ id, vm: guest.name, status: status === 'passed' ? 'passed' : 'failed', reason, ms: Number(ms) }];
}

/** The guest read its clock somewhere between the start of the session and now. */
function clockProbe(guest: Guest, seconds: number, started: number): Probe {
  const now = Date.now() / 1000;
  const off = Math.max(started / 1000 - seconds, seconds - now, 0);
  const status = off <= clockTolerance ? 'passed' : 'failed';
  return {
    id: 'clock',
    vm: guest.name,
    status,
    reason: `off by ${off.toFixed(1)} s at most ${clockTolerance}`,
    ms: 0,
  };
}

/** A failing probe on the way out says which hop is the first that fails. */
function explainWayOut(probes: readonly Probe[]): readonly Probe[] {
  const first = Object.keys(wayOut).find((id) =>
    probes.some((probe) => probe.id === id && probe.status === 'failed'),
  );
  if (first === undefined) return probes;
  const hop = wayOut[first as keyof typeof wayOut];
  return probes.map((probe) =>
    probe.id in wayOut && probe.status === 'failed'
      ? { ...probe, reason: `${probe.reason}; the way ends ${hop}` }
      : probe,
  );
}

function skipped(guest: Guest, { network }: Plan): readonly Probe[] {
  const reason = 'the lab has no NAT: no default route on the host, or nat: false';
  const ids = network.uplink === undefined ? ['internet-gateway', 'internet-name', 'internet-tcp'] : [];
  return ids.map((id) => ({ id, vm: guest.name, status: 'skipped', reason, ms: 0 }));
}
