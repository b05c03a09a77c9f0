/** The canary on the real kernel: what it finds, how long it takes, and that nothing of it is left. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Flight, flyCanary } from '../../src/canary/canary.ts';
import { applyOne, type RunContext } from '../../src/engine/apply.ts';
import { undoOne, undoOrder } from '../../src/engine/destroy.ts';
import { openJournal } from '../../src/engine/journal.ts';
import type { LabnetError } from '../../src/errors.ts';
import { localHost } from '../../src/host/local-host.ts';
import { labOfSize } from '../../src/lab/validate.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { planLab } from '../../src/plan/plan-lab.ts';
import { facts } from '../fakes/facts.ts';

let directory: string;
let plan: Plan;
let run: RunContext;
/** Seconds of a flight with nothing in the way. */
let healthy = 0;

/** Where a healthy flight is slow, the machine has other things to do; its patience is a second for each of two rounds. */
const limit = () => Math.max(3, healthy + 2);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'labnet-canary-'));
  const roots = {
    state: join(directory, 'state'),
    run: join(directory, 'run'),
    cache: join(directory, 'cache'),
  };
  const program = [process.execPath, inject('cli')];
  plan = planLab({ lab: labOfSize(2, { sandbox: true }), facts: { ...facts, program }, roots, date: 0 });
  const host = localHost();
  await execa('mkdir', ['-p', '-m', '0711', `${roots.state}/labs/lab`, roots.run]);
  // The stand-in internet leaves root behind, and still writes into its own directory.
  await execa('chmod', ['0711', directory]);
  run = { host, journal: await openJournal(`${roots.state}/labs/lab/journal.jsonl`, 'lab', host) };
  const wiring = [
    'Run directory',
    'Sandbox: namespaces',
    'Sandbox: uplink',
    'Sandbox: internet',
    'Bridge',
    'Taps',
    'Anti-spoofing',
    'Firewall',
    'Forwarding',
  ];
  for (const stage of plan.stages.filter(({ title }) => wiring.includes(title)))
    for (const spec of stage.specs) await applyOne(spec, run);
});

afterAll(async () => {
  for (const entry of undoOrder(run.journal)) await undoOne(entry, run);
  rmSync(directory, { recursive: true });
});

const inSandbox = async (argv: readonly string[], input = '') =>
  (await execa('nsenter', [`--net=${plan.namespace}`, '--', ...argv], { input })).stdout;

const state = async () =>
  [
    // Names alone: whether a bridge has a carrier is told a moment later.
    (await inSandbox(['ip', '-brief', 'link'])).replace(/ .*/g, ''),
    await inSandbox(['nft', '--stateless', 'list', 'ruleset']),
    (await execa('ls', [join(directory, 'run/lab')])).stdout,
    run.journal
      .entries()
      .map(({ id }) => id)
      .join(' '),
  ].join('\n');

/** Flies, and sees that it leaves nothing; @returns the flight or its error, and its seconds */
async function fly(): Promise<{
  readonly flight: Flight | undefined;
  readonly error: Error | undefined;
  readonly seconds: number;
}> {
  const before = await state();
  const started = performance.now();
  const [flight, error] = await flyCanary(plan, run).then(
    (found) => [found, undefined] as const,
    (thrown: Error) => [undefined, thrown] as const,
  );
  const seconds = (performance.now() - started) / 1000;
  expect(await state()).toBe(before);
  return { flight, error, seconds };
}

test('with nothing in the way: host, gateway, name, connection and 100 kB', async () => {
  const { flight, error, seconds } = await fly();
  expect(error).toBeUndefined();
  expect(flight?.tried.map(({ to, id, ok }) => [to, id, ok])).toEqual([
    ['host', 'ping', true],
    ['gateway', 'ping', true],
    ['outside', 'name', true],
    ['outside', 'tcp', true],
    ['outside', 'data', true],
  ]);
  expect(seconds).toBeLessThan(3);
  healthy = seconds;
});

const rule = (hook: string, text: string) =>
  `table ip theirs {\n chain check {\n type filter hook ${hook};\n ${text}\n }\n}\n`;

test.each([
  [
    'what goes out',
    'forward priority 0',
    'iifname "br0" counter drop',
    'ip theirs check: iifname "br0" drop',
  ],
  ['names', 'forward priority 0', 'udp dport 53 drop', 'ip theirs check: udp dport 53 drop'],
  ['connections', 'postrouting priority 50', 'tcp dport 80 drop', 'ip theirs check: tcp dport 80 drop'],
  ['answers', 'forward priority 0', 'oifname "br0" reject', 'ip theirs check: oifname "br0" reject'],
  [
    'all, before routing',
    'prerouting priority -300',
    'iifname "br0" drop',
    'ip theirs check: iifname "br0" drop',
  ],
])('a rule against %s is named, within three seconds', async (_, hook, text, named) => {
  await inSandbox(['nft', '--file', '-'], rule(hook, text));
  const { error, seconds } = await fly();
  await inSandbox(['nft', 'delete', 'table', 'ip', 'theirs']);
  expect(error).toMatchObject({ code: 'host-cannot' });
  expect(error?.message).toContain(`stopped on this host by ${named}`);
  expect(error).toMatchObject({
    hint: expect.stringContaining('sudo nft insert rule ip theirs check iifname br0 accept'),
  });
  expect(seconds).toBeLessThan(limit());
});

test('a rule against pings to the host alone: no failure where all beyond works, and named where nothing lies beyond', async () => {
  await inSandbox(
    ['nft', '--file', '-'],
    rule('input priority 0', 'iifname "br0" icmp type echo-request drop'),
  );
  const withoutWayOut = { ...plan.canary, tries: plan.canary.tries.filter(({ to }) => to === 'host') };
  try {
    const { flight, error } = await fly();
    expect(error).toBeUndefined();
    expect(flight?.tried.map(({ to, id, ok }) => [to, id, ok])).toEqual([
      ['gateway', 'ping', true],
      ['outside', 'name', true],
      ['outside', 'tcp', true],
      ['outside', 'data', true],
    ]);
    expect(flight?.warnings).toEqual([]);
    await expect(flyCanary({ ...plan, canary: withoutWayOut }, run)).rejects.toMatchObject({
      code: 'host-cannot',
      message: expect.stringMatching(
        /stopped on this host by ip theirs check: iifname "br0" icmp type echo-request drop/,
      ),
    });
  } finally {
    await inSandbox(['nft', 'delete', 'table', 'ip', 'theirs']);
  }
});

/** The plan as of a lab on the host's own network, where a connection is all that is tried. */
function withoutData(): Plan {
  const tries = plan.canary.tries.map(({ to, argv }) => {
    const at = argv.indexOf(String(plan.network.target.port)) + 1;
    return to === 'outside' ? { to, argv: [...argv.slice(0, at), '0', ...argv.slice(at + 1)] } : { to, argv };
  });
  return { ...plan, canary: { ...plan.canary, tries } };
}

test('a rule that answers in the name of the far end is no connection, and is named', async () => {
  await inSandbox(
    ['nft', '--file', '-'],
    rule('forward priority 0', 'iifname "br0" tcp dport 80 reject with tcp reset'),
  );
  const flight = flyCanary(withoutData(), run).finally(() =>
    inSandbox(['nft', 'delete', 'table', 'ip', 'theirs']),
  );
  await expect(flight).rejects.toMatchObject({
    code: 'host-cannot',
    message: expect.stringMatching(
      / port 80 refuses connections[\s\S]*stopped on this host by ip theirs check: .*reject with tcp reset/,
    ),
  });
});

test('a drop of iptables-legacy, which no trace tells, is named as well', async () => {
  await inSandbox(['iptables-legacy', '-P', 'FORWARD', 'DROP']);
  const { error } = await fly();
  await inSandbox(['iptables-legacy', '-P', 'FORWARD', 'ACCEPT']);
  expect(error?.message).toContain('ip filter FORWARD (iptables-legacy): policy drop');
  expect(error).toMatchObject({
    hint: expect.stringContaining('sudo iptables-legacy -I FORWARD -i br0 -j ACCEPT'),
  });
});

test('without forwarding, the packets end on this host', async () => {
  await inSandbox(['sysctl', '-qw', 'net.ipv4.conf.br0.forwarding=0']);
  const { error } = await fly();
  await inSandbox(['sysctl', '-qw', 'net.ipv4.conf.br0.forwarding=1']);
  expect(error?.message).toContain(
    'its packets end on this host, and no rule of nftables or iptables says why',
  );
  // What it tells to type are commands that ip(8) takes, also when the bridge has gone.
  for (const line of (error as LabnetError).hint?.split('\n') ?? [])
    expect(await inSandbox(line.split(' '))).not.toBe('');
});

test('a routing rule that refuses guests is named, with what routing makes of their packets', async () => {
  const rule = ['from', plan.network.subnet, 'prohibit'];
  await inSandbox(['ip', 'rule', 'add', ...rule]);
  const { error } = await fly();
  await inSandbox(['ip', 'rule', 'delete', ...rule]);
  expect(error?.message).toMatch(/to 203\.0\.113\.80 from a guest, ip route get says: \S+/);
  expect(error?.message).toMatch(/ip rule: \d+:\s+from 192\.168\.6\.0\/24 prohibit/);
});

test('a sandbox whose own internet does not answer in time is told to wait longer, not that its packets end here', async () => {
  const far = (...argv: string[]) =>
    execa('nsenter', [`--net=${join(directory, 'run/lab/internet.ns')}`, '--', 'nft', ...argv], {
      input: rule('input priority 0', 'udp dport 53 drop'),
    });
  await far('--file', '-');
  const { error } = await fly();
  await far('delete', 'table', 'ip', 'theirs');
  expect(error).toMatchObject({ code: 'host-cannot', hint: expect.stringContaining('--patience 3') });
  expect(error?.message).toContain(
    "the packets reach the sandbox's own internet, which has not answered in time",
  );
});

test('one that answers late is no failure', async () => {
  const far = (...argv: string[]) =>
    execa('nsenter', [`--net=${join(directory, 'run/lab/internet.ns')}`, '--', 'nft', ...argv], {
      input: rule('input priority 0', 'udp dport 53 drop'),
    });
  await far('--file', '-');
  // After the usual time of a try.
  const mended = sleep(2_500).then(() => far('delete', 'table', 'ip', 'theirs'));
  const { flight, error, seconds } = await fly();
  await mended;
  expect(error).toBeUndefined();
  expect(flight?.tried.every(({ ok }) => ok)).toBe(true);
  expect(seconds).toBeGreaterThan(2.5);
});

test('what a killed flight has left goes before the next', async () => {
  const before = await state();
  for (const spec of [...plan.canary.specs, plan.canary.trace]) await applyOne(spec, run);
  expect(await state()).not.toBe(before);
  expect((await flyCanary(plan, run)).tried.every(({ ok }) => ok)).toBe(true);
  expect(await state()).toBe(before);
});
