/**
 * Performs hold-settings and release-settings: the ledger first, then the kernel, so that a crash between is undone.
 */
import { dirname } from 'node:path';
import { LabnetError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { settingFile } from '../observe/setting-file.ts';
import type { HoldSettingsAction, ReleaseSettingsAction, Setting } from './action.ts';
import { movedKeys, numbersOf } from './renamed-links.ts';
import {
  emptyLedger,
  enter,
  formatLedger,
  globalSwitch,
  type Ledger,
  leave,
  parseLedger,
  strangeLine,
  toPutBack,
} from './settings-ledger.ts';

type Namespace = string | undefined;

/** Enters the lab into the ledger, then writes its settings. @throws LabnetError failed when the ledger is damaged */
export async function holdSettings(action: HoldSettingsAction, host: Host): Promise<void> {
  const { namespace } = action;
  const boot = await host.bootId();
  const known = await readLedger(action.ledger, host);
  const ledger = known?.boot === boot ? known : emptyLedger(boot);
  const along =
    action.alongPattern === undefined ? new Map() : await readPattern(action.alongPattern, namespace, host);
  const found = await readSettings([globalSwitch, ...action.settings.map(({ key }) => key)], namespace, host);
  const wrote = new Map(action.settings.map(({ key, value }) => [key, value]));
  // Only the host's own links are renamed by others.
  const links = namespace === undefined ? await numbersOf([...wrote.keys()], host) : undefined;
  await host.makeDirectory(dirname(action.ledger), { mode: 0o711 });
  await host.write(
    action.ledger,
    formatLedger(enter(ledger, action.holder, wrote, new Map([...found, ...along]), links)),
    {
      mode: 0o644,
    },
  );
  for (const { key, value } of action.settings) await writeSetting(key, value, namespace, host);
}

/**
 * Takes the lab out of the ledger, and puts back the settings that no lab holds any longer.
 *
 * @throws LabnetError failed when the ledger is damaged, or the kernel shows another value afterwards
 */
export async function releaseSettings(action: ReleaseSettingsAction, host: Host): Promise<void> {
  const { namespace } = action;
  const ledger = await readLedger(action.ledger, host);
  // There is no ledger; a first write of it may have been cut off.
  if (ledger === undefined) return host.remove(action.ledger);
  const { ledger: rest, free } = leave(ledger, action.holder);
  if (free.length > 0 && ledger.boot === (await host.bootId())) {
    const there = await readSettings([globalSwitch, ...free], namespace, host);
    const gone = free.filter((key) => !there.has(key));
    const moved = await movedKeys(gone, ledger.links, host);
    // A new name that stands in the ledger itself is left to that entry.
    const places = new Map([...moved].filter(([, key]) => !ledger.before.has(key)));
    const now = new Map([...there, ...(await readAt(places, namespace, host))]);
    const back = toPutBack(ledger, free, now);
    const marked = { ...ledger, returning: new Set(back) };
    await host.write(action.ledger, formatLedger(marked), { mode: 0o644 });
    await putBack(marked, now, places, { namespace, host });
  }
  if (rest.holders.size === 0) await host.remove(action.ledger);
  else await host.write(action.ledger, formatLedger(rest), { mode: 0o644 });
}

/** The values of settings that are found under another key by now, by their former keys. */
async function readAt(
  places: ReadonlyMap<string, string>,
  namespace: Namespace,
  host: Host,
): Promise<readonly (readonly [string, string])[]> {
  const found = await readSettings([...places.values()], namespace, host);
  return [...places].flatMap(([key, place]) => {
    const value = found.get(place);
    return value === undefined ? [] : [[key, value] as const];
  });
}

/**
 * Writes the former values, the global switch first since writing it changes the others (inet_forward_change).
 *
 * @throws LabnetError failed when the kernel shows another value afterwards
 */
async function putBack(
  { before, returning }: Ledger,
  now: ReadonlyMap<string, string>,
  places: ReadonlyMap<string, string>,
  { namespace, host }: { readonly namespace: Namespace; readonly host: Host },
): Promise<void> {
  const placeOf = (key: string) => places.get(key) ?? key;
  const order = [...returning].sort((a, b) => Number(b === globalSwitch) - Number(a === globalSwitch));
  const turns = returning.has(globalSwitch) && now.get(globalSwitch) !== before.get(globalSwitch);
  for (const key of order) {
    const value = before.get(key);
    if (value !== undefined && (turns || now.get(key) !== value))
      await writeSetting(placeOf(key), value, namespace, host);
  }
  const after = await readSettings(order.map(placeOf), namespace, host);
  for (const key of order) {
    const value = after.get(placeOf(key));
    if (value === undefined || value === before.get(key)) continue;
    throw new LabnetError('failed', `${key} is still ${value}, not ${before.get(key)} as it was before`);
  }
}

/** Whether the lab stands in the ledger as a holder, and what of its settings is not as labnet wrote it, in words. */
export async function settingsHeld(
  action: Pick<HoldSettingsAction, 'holder' | 'ledger' | 'settings' | 'namespace'>,
  host: Host,
): Promise<{ readonly held: boolean; readonly differences: readonly string[] }> {
  const ledger = await readLedger(action.ledger, host);
  const held =
    ledger !== undefined && ledger.boot === (await host.bootId()) && ledger.holders.has(action.holder);
  if (!held) return { held, differences: [] };
  const differences = await settingDifferences(action.settings, action.namespace, host);
  // Only this lab's own settings count: another lab that was killed as it left is no fault of this one.
  const isReturning = action.settings.some(({ key }) => ledger.returning.has(key));
  const begun = isReturning ? ['putting the settings back was begun'] : [];
  return { held, differences: [...differences, ...begun] };
}

/** The settings that have another value in the kernel, in words. */
export async function settingDifferences(
  settings: readonly Setting[],
  namespace: Namespace,
  host: Host,
): Promise<readonly string[]> {
  const now = await readSettings(
    settings.map(({ key }) => key),
    namespace,
    host,
  );
  return settings
    .filter(({ key, value, mayLack }) => now.get(key) !== value && (now.has(key) || mayLack !== true))
    .map(({ key, value }) => `${key} is ${now.get(key) ?? 'gone'}, not ${value}`);
}

async function readLedger(path: string, host: Host): Promise<Ledger | undefined> {
  const text = await host.read(path);
  if (text === undefined) return undefined;
  const line = strangeLine(text);
  if (line === undefined) return parseLedger(text);
  throw new LabnetError(
    'failed',
    `${path}:${line}: this is not as labnet wrote it, so no setting is touched`,
    {
      hint: 'it says what the settings were before the first lab: put them back by hand, then remove the file',
    },
  );
}

async function readSettings(
  keys: readonly string[],
  namespace: Namespace,
  host: Host,
): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map();
  if (namespace === undefined) return readFiles(keys, host);
  // Status 1 when one of the keys is gone: an interface that has been removed takes its settings along.
  const { stdout } = await host.run(['sysctl', '--ignore', ...new Set(keys)], {
    namespace,
    accept: [0, 1, 255],
  });
  return parseSettings(stdout);
}

/** Reads settings of the host's own namespace, without a program. */
async function readFiles(keys: readonly string[], host: Host): Promise<Map<string, string>> {
  const found = await Promise.all(keys.map(async (key) => [key, await host.read(settingFile(key))] as const));
  return new Map(found.flatMap(([key, text]) => (text === undefined ? [] : [[key, text.trimEnd()]])));
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
