import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { quoteWord } from '../host/shell-quote.ts';
import { type Roots, shipped } from '../paths.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import { readAnswers } from './answers.ts';
import type { Probe } from './probe.ts';
import { runLinesProbe } from './run-lines.ts';
import { enter, whatSshSaid } from './session.ts';
import { sshCommand } from './ssh.ts';
import { explained, nameToAsk, skipped } from './way-out.ts';

/** The seconds by which a guest's clock may be off the host's. */
const clockTolerance = 5;

/** Milliseconds on a usual PC that sshd may take to come up. */
const timeoutMs = 60_000;

/**
 * Seconds on a usual PC in which an answer to ping comes, a connection stands, ssh has reached the guest, a CPU that
 * was plugged in is online, and cloud-init has ended after it has said so.
 */
const answerSeconds = { ping: 10, connection: 15, ssh: 30, cpus: 5, cloudInitEnd: 60 };

/** The most characters that are read of one guest: all its probes together say fewer. */
const mostSaid = 1024 * 1024;

/** The last line that the script prints: whoever has it has all lines before it. */
const endOfProbes = 'labnet: end of the probes';

/** What the probes inside a guest need besides the guest and its plan. */
export interface GuestProbeOptions {
  readonly host: Host;
  readonly roots: Roots;
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether the guest has answered to ping, or is on its way down or up: its sshd is waited for. Otherwise one try is
   * enough.
   */
  readonly expected: boolean;
  /** Whether the guest goes on from a saved state: its clock and random generator are set first. */
  readonly restored?: boolean | undefined;
}

/** What one session brought. */
export interface Asked {
  readonly probes: readonly Probe[];
  /** Whether the guest is about to restart or to switch itself off, and was asked nothing else. */
  readonly leaves: boolean;
}

/** All probes that run inside one guest, in one ssh session. */
export async function guestProbes(
  guest: Guest,
  plan: Plan,
  { host, roots, signal, expected, restored = false }: GuestProbeOptions,
): Promise<Asked> {
  const text = (name: string) => readFileSync(`${shipped.guest}${name}`, 'utf8');
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
  const waiting = expected ? timeoutMs * host.pace : 0;
  try {
    const session = { namespace: plan.network.namespace, stdin: script, signal, most: mostSaid };
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
    const probes = await explained(probesOf(stdout, guest, plan, started), plan, host);
    return {
      probes: [login, ...probes, ...linesProbe(lines, guest), ...skipped(guest, plan)],
      leaves: false,
    };
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
    target_name: nameToAsk(network),
    port: String(network.target.port),
    ping_seconds: String(Math.ceil(answerSeconds.ping * pace)),
    cpu_seconds: String(Math.ceil(answerSeconds.cpus * pace)),
    settle_seconds: String(Math.ceil(answerSeconds.cloudInitEnd * pace)),
    lines: String(guest.run.length),
    may_leave: guest.mayLeave ? 'yes' : '',
    connection_seconds: String(Math.ceil(answerSeconds.connection * pace)),
    end_of_probes: endOfProbes,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quoteWord(value) || "''"}`)
    .join('\n');
}

/** The probes that the script has for this guest, by their ids, besides `clock`, whose value the host judges. */
function askedOf(guest: Guest, { guests, network }: Plan): readonly string[] {
  const others = guests.filter(({ name }) => name !== guest.name);
  return [
    ...['hostname', 'etc-hosts', 'address', 'route', 'resolver', 'cpus', 'cloud-init', 'guest-host'],
    ...others.flatMap(({ hostname }) => [`guest-guest:${hostname}`, `guest-guest-name:${hostname}`]),
    ...(network.uplink?.gateway ? ['internet-gateway'] : []),
    ...(nameToAsk(network) === '' ? [] : ['internet-name']),
    ...(network.uplink === undefined ? [] : ['internet-tcp']),
  ];
}

function probesOf(stdout: string, guest: Guest, plan: Plan, started: number): readonly Probe[] {
  const answers = readAnswers(stdout, ['clock', ...askedOf(guest, plan)]);
  return [...answers].map(([id, { status, ms, reason }]) => {
    if (id === 'clock' && status !== 'failed') return clockProbe(guest, Number(reason), started);
    return { id, vm: guest.name, status: status === 'passed' ? 'passed' : 'failed', reason, ms };
  });
}

/** The probe of the run lines, from what the guest has noted of them; none where the lab file has no run lines. */
function linesProbe(lines: readonly string[], guest: Guest): readonly Probe[] {
  if (guest.run.length === 0) return [];
  const [line, ...others] = lines.filter((one) => one.startsWith('run\t'));
  const [, , , begun, ended = '', end, said = ''] = line?.split('\t') ?? [];
  if (begun === undefined || others.length > 0)
    return [{ id: 'run', vm: guest.name, status: 'failed', reason: 'no answer that can be read', ms: 0 }];
  return [runLinesProbe(guest, { begun, ended, done: end === 'done', over: end !== '', said })];
}

/** The probe of a guest's clock, which the guest read somewhere between the start of the session and now. */
function clockProbe(guest: Guest, seconds: number, started: number): Probe {
  const now = Date.now() / 1000;
  const off = Math.max(started / 1000 - seconds, seconds - now, 0);
  // An answer that is no number counts as far off.
  const status = off <= clockTolerance ? 'passed' : 'failed';
  const how = Number.isFinite(off) ? `off by ${off.toFixed(1)} s` : 'its answer is no time';
  const next = status === 'failed' ? "; sudo labnet repair sets it by this PC's" : '';
  return { id: 'clock', vm: guest.name, status, reason: `${how}, at most ${clockTolerance}${next}`, ms: 0 };
}
