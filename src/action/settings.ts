/** Performs hold-settings and release-settings: the ledger first, then the kernel, so that a crash between is undone. */
import { dirname } from 'node:path';
import type { Host } from '../host/host.ts';
import type { HoldSettingsAction, ReleaseSettingsAction } from './action.ts';
import { emptyLedger, enter, formatLedger, type Ledger, leave, parseLedger } from './settings-ledger.ts';

/** The switch that other programs (Docker among them) turn on: if one did meanwhile, forwarding is theirs too. */
const globalSwitch = 'net.ipv4.ip_forward';

type Namespace = string | undefined;

export async function holdSettings(action: HoldSettingsAction, host: Host): Promise<void> {
  const { namespace } = action;
  const boot = await host.bootId();
  const known = await readLedger(action.ledger, host);
  const ledger = known?.boot === boot ? known : emptyLedger(boot);
  const along =
    action.alongPattern === undefined ? new Map() : await readPattern(action.alongPattern, namespace, host);
  const found = await readSettings([globalSwitch, ...action.settings.map(({ key }) => key)], namespace, host);
  const wrote = new Map(action.settings.map(({ key, value }) => [key, value]));
  await host.makeDirectory(dirname(action.ledger), { mode: 0o711 });
  await host.write(
    action.ledger,
    formatLedger(enter(ledger, action.holder, wrote, new Map([...found, ...along]))),
    {
      mode: 0o644,
    },
  );
  for (const { key, value } of action.settings) await writeSetting(key, value, namespace, host);
}

export async function releaseSettings(action: ReleaseSettingsAction, host: Host): Promise<void> {
  const { namespace } = action;
  const ledger = await readLedger(action.ledger, host);
  if (ledger === undefined) return;
  const { ledger: rest, free } = leave(ledger, action.holder);
  if (ledger.boot === (await host.bootId())) await putBack(ledger, free, namespace, host);
  if (rest.holders.size === 0) await host.remove(action.ledger);
  else await host.write(action.ledger, formatLedger(rest), { mode: 0o644 });
}

/** Writes the former values, the global switch first since writing it changes the others (inet_forward_change). */
async function putBack(
  ledger: Ledger,
  keys: readonly string[],
  namespace: Namespace,
  host: Host,
): Promise<void> {
  const now = await readSettings(keys, namespace, host);
  const someoneElses = [...ledger.wrote].some(([key, value]) => now.has(key) && now.get(key) !== value);
  const switchedOnMeanwhile =
    !ledger.wrote.has(globalSwitch) &&
    now.has(globalSwitch) &&
    now.get(globalSwitch) !== ledger.before.get(globalSwitch);
  if (someoneElses || switchedOnMeanwhile) return;
  const order = [...keys].sort((a, b) => Number(b === globalSwitch) - Number(a === globalSwitch));
  let wroteSwitch = false;
  for (const key of order) {
    const before = ledger.before.get(key);
    if (before === undefined || !now.has(key)) continue;
    if (wroteSwitch || now.get(key) !== before) await writeSetting(key, before, namespace, host);
    wroteSwitch ||= key === globalSwitch && now.get(key) !== before;
  }
}

/** True when the lab stands in the ledger and the kernel has what labnet wrote. */
export async function settingsHeld(
  action: Pick<HoldSettingsAction, 'holder' | 'ledger' | 'settings' | 'namespace'>,
  host: Host,
): Promise<{ readonly held: boolean; readonly differences: readonly string[] }> {
  const ledger = await readLedger(action.ledger, host);
  const held =
    ledger !== undefined && ledger.boot === (await host.bootId()) && ledger.holders.has(action.holder);
  if (!held) return { held, differences: [] };
  const now = await readSettings(
    action.settings.map(({ key }) => key),
    action.namespace,
    host,
  );
  const differences = action.settings
    .filter(({ key, value }) => now.get(key) !== value)
    .map(({ key, value }) => `${key} is ${now.get(key) ?? 'gone'}, not ${value}`);
  return { held, differences };
}

async function readLedger(path: string, host: Host): Promise<Ledger | undefined> {
  const text = await host.read(path);
  return text === undefined ? undefined : parseLedger(text);
}

async function readSettings(
  keys: readonly string[],
  namespace: Namespace,
  host: Host,
): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  // Status 1 when one of the keys is gone: an interface that has been removed takes its settings along.
  const { stdout } = await host.run(['sysctl', '--ignore', ...new Set(keys)], {
    namespace,
    accept: [0, 1, 255],
  });
  return parseSettings(stdout);
}

async function readPattern(pattern: string, namespace: Namespace, host: Host): Promise<Map<string, string>> {
  return parseSettings((await host.run(['sysctl', '--all', '--pattern', pattern], { namespace })).stdout);
}

function parseSettings(text: string): Map<string, string> {
  const lines = text.split('\n').map((line) => /^(\S+) = ?(.*)$/.exec(line));
  return new Map(lines.flatMap((match) => (match?.[1] === undefined ? [] : [[match[1], match[2] ?? '']])));
}

async function writeSetting(key: string, value: string, namespace: Namespace, host: Host): Promise<void> {
  await host.run(['sysctl', '--quiet', '--write', `${key}=${value}`], { namespace });
}
