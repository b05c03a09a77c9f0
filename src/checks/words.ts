/** Checks as guest/checks.sh reads them: a line of the shell for each, and its interpreter knows the words. */
import { quoteWord } from '../host/shell-quote.ts';
import type { Check, FileFacets } from './check.ts';

/** Whether a check is for what speaks Python in the guest (guest/checks.py). */
export function wantsPython({ http, dns }: Check): boolean {
  return http !== undefined || (dns?.name !== undefined && (dns.server !== undefined || dns.type !== 'A'));
}

/**
 * The line that has a guest's shell make a check: "check ID SECONDS VERB WORD...".
 *
 * @param pace how many times longer than on a usual PC it may take to come true
 */
export function checkLine(check: Check, pace: number): string {
  const seconds = Math.ceil((check.within ?? 0) * pace);
  const words = ['check', check.id ?? '', String(seconds), ...wordsOf(check)];
  return words.map((word) => quoteWord(word) || "''").join(' ');
}

/** The verb of a check and what follows it; what is left out and still has a place is an empty word. */
function wordsOf(check: Check): readonly string[] {
  const { ping, port, http, dns, route, address, file, service, command } = check;
  if (ping !== undefined) return ask('ping', ping);
  if (port !== undefined) return ask('port', ...port.split(':'));
  if (http !== undefined) return ask('http', http.url, String(http.status), http.body ?? '');
  if (dns?.servers !== undefined) return ask('servers', dns.servers.join(' '));
  if (dns !== undefined) return ask('dns', dns.name ?? '', dns.type, dns.server ?? '', ...(dns.is ?? []));
  if (route !== undefined) return ask('route', route.to, route.via ?? '0.0.0.0', route.dev);
  if (address !== undefined) return ask('address', address.dev, address.is.join(' '));
  if (file !== undefined) return askOf('file', file, facetsOf);
  if (service !== undefined) return askOf('service', service, pairsOf);
  if (command !== undefined) return ask('command', command.run, String(command.exit), command.stdout ?? '');
  if (check['kernel-param'] !== undefined)
    return askOf('kernel_param', check['kernel-param'], (value) => [value]);
  throw new Error('a check has a verb that this knows');
}

/** A verb and what follows it. */
const ask = (...words: readonly string[]) => words;

/** A verb, and the one entry of the map that follows it. */
function askOf<V>(verb: string, map: Readonly<Record<string, V>>, words: (value: V) => readonly string[]) {
  return Object.entries(map).flatMap(([name, value]) => ask(verb, name, ...words(value)));
}

/** What of a service is asked, as words in pairs. */
function pairsOf(wanted: Readonly<Record<string, boolean | undefined>>): readonly string[] {
  return Object.entries(wanted).flatMap(([word, value]) =>
    value === undefined ? [] : [word, value ? 'yes' : 'no'],
  );
}

/** What of a file is asked, as words in pairs. */
function facetsOf({ exists, mode, owner, is, contains = [], names = {} }: FileFacets): readonly string[] {
  if (!exists) return ['absent', ''];
  return [
    ...(mode === undefined ? [] : ['mode', mode]),
    ...(owner === undefined ? [] : ['owner', owner]),
    ...(is === undefined ? [] : ['is', is]),
    ...contains.flatMap((text) => ['contains', text]),
    ...Object.entries(names).flatMap(([name, address]) => ['name', `${address} ${name}`]),
  ];
}
