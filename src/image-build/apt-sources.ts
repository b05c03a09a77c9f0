/** Reads apt's source lists: the one-line format and deb822, both of sources.list(5). */

/** One source of binary packages. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** The keyring or key it is signed by; undefined for whichever apt trusts. */
  readonly signedBy: string | undefined;
}

/**
 * Reads lines such as `deb [signed-by=/k.gpg] http://mirror.example.org/debian bookworm main`, and passes over others.
 */
export function parseOneLineSources(text: string): readonly AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)((?:\s+[^\s#]+)*)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(options)?.[1];
    return [{ uri, suites: [suite], components: words(components), signedBy }];
  });
}

/** Reads stanzas of `Key: value` lines, which are folded by leading blanks and parted by empty lines. */
export function parseDeb822Sources(text: string): readonly AptSource[] {
  const stanzas = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split(/\n[ \t]*\n/);
  return stanzas.flatMap((stanza) => {
    const fields = fieldsOf(stanza);
    const isOff = /^(no|false|off|without|0|disable)$/i.test(fields.get('enabled') ?? '');
    if (isOff || !words(fields.get('types')).includes('deb')) return [];
    const suites = words(fields.get('suites'));
    const components = words(fields.get('components'));
    const signedBy = fields.get('signed-by');
    return words(fields.get('uris')).map((uri) => ({ uri, suites, components, signedBy }));
  });
}

/** The fields of a stanza, by names in lower case: apt does not tell the cases apart. */
function fieldsOf(stanza: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let last: string | undefined;
  for (const line of stanza.split('\n')) {
    const [, name, value = ''] = /^([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      last = name.toLowerCase();
      fields.set(last, value.trim());
    } else if (last !== undefined && /^[ \t]/.test(line)) {
      fields.set(last, `${fields.get(last) ?? ''} ${line.trim()}`.trim());
    }
  }
  return fields;
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\s+/).filter((part) => part !== '');
}
