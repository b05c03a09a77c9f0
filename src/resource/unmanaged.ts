import { dirname } from 'node:path';
import type { Action } from '../action/action.ts';
import { absent, oursUnless, type ResourceType, type SpecBase } from './resource-type.ts';

/**
 * A file that tells NetworkManager to keep off the lab's links. It manages all but what its udev rules name, and taps are
 * not among them: one that it takes for unused is deactivated, and silently leaves its bridge. Under /run, so that a reboot
 * takes it away (NetworkManager.conf(5), "File Format" and device section "managed").
 */
export interface UnmanagedSpec extends SpecBase {
  readonly kind: 'unmanaged';
  readonly lab: string;
  readonly path: string;
  readonly links: readonly string[];
}

export const unmanaged: ResourceType<UnmanagedSpec> = {
  kind: 'unmanaged',
  why: ({ links }) => `tells NetworkManager to leave ${links[0]} and its ports to labnet`,
  create: (spec) => [
    // Fails where it is there already: that one keeps its mode.
    { do: 'run', argv: ['mkdir', '--mode', '755', dirname(spec.path)], mayFail: true },
    { do: 'write-file', path: spec.path, content: textOf(spec), mode: 0o644 },
    { do: 'run', argv: reload },
  ],
  repair: (spec) => unmanaged.create(spec),
  // No look can tell an empty directory that was left, nor what NetworkManager has read: hence each is tried twice.
  remove: ({ path }) => [{ do: 'remove', path }, ...forget(path), ...forget(path)],
  // Of a labnet before 0.3 nothing is recorded, but it wrote the same.
  async inspect(spec, { host, record }) {
    const text = await host.read(spec.path);
    if (text === undefined) return absent;
    const isSame = text === (record?.text ?? textOf(spec));
    return oursUnless(isSame ? [] : [`${spec.path} does not say what labnet wrote`], { text });
  },
};

/** NetworkManager may have ended since. */
function forget(path: string): readonly Action[] {
  return [
    { do: 'remove-if-empty', path: dirname(path) },
    { do: 'run', argv: reload, mayFail: true },
  ];
}

/** Reads its configuration alone: connections and name resolution go on (nmcli(1)). */
const reload = ['nmcli', 'general', 'reload', 'conf'];

function textOf({ lab, links }: UnmanagedSpec): string {
  return `# labnet: the lab ${lab}\n[device-labnet-${lab}]\nmatch-device=${links
    .map((name) => `interface-name:${name}`)
    .join(';')}\nmanaged=0\n`;
}
