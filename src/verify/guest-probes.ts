import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabnetError, messageOf } from '../errors.ts';
import { CommandFailed } from '../host/command-failed.ts';
import { ignoresPing } from '../host/echo.ts';
import type { Host, Output, RunOptions } from '../host/host.ts';
import { quoteWord } from '../host/shell-quote.ts';
import { type Roots, shipped } from '../paths.ts';
import type { Guest, Plan } from '../plan/plan.ts';
import { readAnswers, said } from './answers.ts';
import type { Probe } from './probe.ts';
import { sshCommand } from './ssh.ts';

/** How far a guest's clock may be from the host's, in seconds. */
const clockTolerance = 5;

/** Milliseconds on a usual PC that sshd may take to come up, and that all probes of one guest may take together. */
const patience = 60_000;
const sessionTime = 300_000;

/** Characters that all probes of one guest say together, and more. */
const mostSaid = 1024 * 1024;

/** Seconds on a usual PC in which an answer to ping comes, a connection stands, and ssh has reached the guest. */
const answerSeconds = { ping: 10, connection: 15, ssh: 30 };

/** What ssh says of a port that nobody listens at yet. */
const notYet = /Connection refused|Connection reset|Connection closed|No route to host|timed out/;

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
  /** It has answered to ping: its sshd is waited for. Otherwise one try is enough. */
  readonly answers: boolean;
  /** It goes on from a saved state: clock and random generator are set first. */
  readonly restored?: boolean | undefined;
}

/** All probes that run inside one guest, in one ssh session. */
export async function guestProbes(
  guest: Guest,
  plan: Plan,
  { host, roots, signal, answers, restored = false }: GuestProbeOptions,
): Promise<readonly Probe[]> {
  const text = (name: string) => readFileSync(`${shipped.templates}${name}`, 'utf8');
  const wake = restored ? `entropy=${randomBytes(64).toString('hex')}\n${text('wake-guest.sh')}\n` : '';
  const script = `${wake}${variables(guest, plan, host.pace)}\n${text('probe-guest.sh')}`;
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
  try {
    const { stdout } = await enter(
      argv,
      { namespace: plan.network.namespace, stdin: script, signal, most: mostSaid },
      answers ? patience * host.pace : 0,
      host,
    );
    if (!stdout.trimEnd().endsWith(endOfProbes)) throw new LabnetError('failed', 'the session ended early');
    const login: Probe = {
      id: 'ssh',
      vm: guest.name,
      status: 'passed',
      reason: `logged in as ${guest.user}`,
      ms: Date.now() - started,
    };
    const probes = probesOf(stdout, guest, plan, started);
    return [login, ...explainWayOut(await withoutMute(probes, plan, host)), ...skipped(guest, plan)];
  } catch (error) {
    if (error instanceof LabnetError && error.code === 'interrupted') throw error;
    const reason = `cannot enter ${guest.name} by ssh, so nothing inside it was checked: ${whatSshSaid(error)}`;
    return [{ id: 'ssh', vm: guest.name, status: 'failed', reason, ms: Date.now() - started }];
  }
}

/**
 * The session, tried again while nobody answers at the port: a guest whose cloud-init has nothing left to do can be
 * ready some seconds before its sshd is.
 */
async function enter(
  argv: readonly string[],
  options: RunOptions,
  waiting: number,
  host: Host,
): Promise<Output> {
  const deadline = performance.now() + waiting;
  for (;;) {
    try {
      return await host.run(argv, { ...options, timeout: sessionTime });
    } catch (error) {
      const early = error instanceof CommandFailed && notYet.test(error.stderr);
      if (!early || performance.now() > deadline || options.signal?.aborted) throw error;
      await sleep(100);
    }
  }
}

/** Its own words, without the long line of the command. */
function whatSshSaid(error: unknown): string {
  const last = error instanceof CommandFailed ? error.stderr.trim().split('\n').at(-1) : undefined;
  // What was sent is no part of it: the command's line ends where its end is told.
  return said(last || (messageOf(error).split('\n').at(-1) ?? ''));
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
    connection_seconds: String(Math.ceil(answerSeconds.connection * pace)),
    end_of_probes: endOfProbes,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quoteWord(value) || "''"}`)
    .join('\n');
}

/** The probes that the script has for this guest, by their ids; `clock` first, whose value the host judges. */
function askedOf(guest: Guest, { guests, network }: Plan): readonly string[] {
  const others = guests.filter(({ name }) => name !== guest.name);
  return [
    ...['hostname', 'etc-hosts', 'address', 'route', 'resolver', 'cpus', 'cloud-init', 'guest-host'],
    ...others.flatMap(({ hostname }) => [`guest-guest:${hostname}`, `guest-guest-name:${hostname}`]),
    ...(network.uplink?.gateway ? ['internet-gateway'] : []),
    ...(network.uplink === undefined ? [] : ['internet-name', 'internet-tcp']),
  ];
}

function probesOf(stdout: string, guest: Guest, plan: Plan, started: number): readonly Probe[] {
  const answers = readAnswers(stdout, ['clock', ...askedOf(guest, plan)]);
  return [...answers].map(([id, { status, ms, reason }]) => {
    if (id === 'clock' && status !== 'failed') return clockProbe(guest, Number(reason), started);
    return { id, vm: guest.name, status: status === 'passed' ? 'passed' : 'failed', reason, ms };
  });
}

/** The guest read its clock somewhere between the start of the session and now. */
function clockProbe(guest: Guest, seconds: number, started: number): Probe {
  const now = Date.now() / 1000;
  const off = Math.max(started / 1000 - seconds, seconds - now, 0);
  // No number is far off.
  const status = off <= clockTolerance ? 'passed' : 'failed';
  const how = Number.isFinite(off) ? `off by ${off.toFixed(1)} s` : 'its answer is no time';
  return { id: 'clock', vm: guest.name, status, reason: `${how}, at most ${clockTolerance}`, ms: 0 };
}

/** A ping that is not answered says nothing of a router beyond which all works, nor of a host that answers none at all. */
async function withoutMute(
  probes: readonly Probe[],
  { network }: Plan,
  host: Host,
): Promise<readonly Probe[]> {
  const isOpen = probes.some(({ id, status }) => id === 'internet-tcp' && status === 'passed');
  const fails = probes.some(({ id, status }) => id === 'guest-host' && status === 'failed');
  const isMute = fails && (await ignoresPing(host, network.namespace));
  return probes.map((probe): Probe => {
    if (probe.status !== 'failed') return probe;
    if (probe.id === 'internet-gateway' && isOpen)
      return { ...probe, status: 'skipped', reason: `${probe.reason}, but all beyond it is reached` };
    if (probe.id === 'guest-host' && isMute)
      return {
        ...probe,
        status: 'skipped',
        reason: 'this host answers no ping (net.ipv4.icmp_echo_ignore_all)',
      };
    return probe;
  });
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
