/** How files, namespaces and processes that somebody has changed show: drifted with what differs, or foreign. */
import { describe, expect, test } from 'vitest';
import { inspect, madeLab, specOf } from '../../fakes/made-lab.ts';
import type { World } from '../../fakes/world.ts';
import { describePresences, type KindCases } from './presence-cases.ts';

function mode(path: string, facts: { mode?: number; uid?: number; gid?: number }) {
  return (world: World) => world.files.change(path, facts);
}

function content(path: string, text: string) {
  return (world: World) => world.files.write(path, text, 0o600, world.files.stat(path)?.uid ?? 0);
}

const remove = (path: string) => (world: World) => world.files.remove(path);

const [vm1, vm1Run] = [specOf('directory', 'vm1').path, specOf('directory', 'vm1.run').path];
const overlay = specOf('overlay', 'vm1').path;
const disk = {
  'virtual-size': specOf('overlay', 'vm1').size,
  'full-backing-filename': specOf('overlay', 'vm1').backing,
};
const key = specOf('key-pair', 'vm1').path;
const seed = specOf('seed', 'vm1');

const cases: readonly KindCases[] = [
  [
    'directory',
    'vm1',
    [
      { what: 'open to others', change: mode(vm1, { mode: 0o755 }), says: /has mode 755, not 710/ },
      { what: "of another's", change: mode(vm1, { uid: 1000 }), says: /belongs to uid 1000, not 0/ },
      { what: 'of another group', change: mode(vm1, { gid: 1000 }), says: /belongs to gid 1000, not 19/ },
      {
        what: 'that is a file',
        change: (world) => {
          world.files.remove(vm1);
          world.files.write(vm1, '', 0o600);
        },
        says: /is not a directory/,
        state: 'foreign',
      },
    ],
  ],
  [
    'namespace',
    'host',
    [
      {
        what: 'unmounted',
        change: (world) => world.unmount(specOf('namespace', 'host').path),
        says: /holds no namespace/,
      },
    ],
  ],
  [
    'overlay',
    'vm1',
    [
      { what: 'that is no qcow2', change: content(overlay, 'raw bytes'), says: /cannot be read as qcow2/ },
      {
        what: 'over another base image',
        change: content(overlay, JSON.stringify({ ...disk, 'full-backing-filename': '/etc/shadow' })),
        says: /has another backing file/,
      },
      {
        what: 'without a base image',
        change: content(overlay, JSON.stringify({ 'virtual-size': disk['virtual-size'] })),
        says: /has another backing file/,
      },
      {
        what: 'of another size',
        change: content(overlay, JSON.stringify({ ...disk, 'virtual-size': 7 })),
        says: /is of 7 bytes/,
      },
      { what: "of another's", change: mode(overlay, { uid: 1000 }), says: /cannot be read/ },
    ],
  ],
  [
    'key-pair',
    'vm1',
    [
      { what: 'without its public half', change: remove(`${key}.pub`), says: /is half a key pair/ },
      { what: 'without its secret half', change: remove(key), says: /is half a key pair/ },
      { what: 'lost in a power cut', change: content(key, ''), says: /is empty, as after a power cut/ },
      { what: 'that others can read', change: mode(key, { mode: 0o640 }), says: /can be read by others/ },
      { what: "of another's", change: mode(key, { uid: 1000 }), says: /belongs to uid 1000, not 0/ },
    ],
  ],
  [
    'password',
    'vm1',
    [
      {
        what: 'that others can read',
        change: mode(specOf('password', 'vm1').path, { mode: 0o644 }),
        says: /can be read by others/,
      },
    ],
  ],
  [
    'seed',
    'vm1',
    [
      {
        what: 'without its image',
        change: (world) => {
          world.files.remove(seed.path);
          world.files.makeDirectory(seed.sources, 0o700);
        },
        says: /was not finished/,
      },
      {
        what: 'lost in a power cut',
        change: content(seed.path, ''),
        says: /was not finished/,
      },
      {
        what: 'with its sources still there',
        change: (world) => world.files.makeDirectory(seed.sources, 0o700),
        says: /was not finished/,
      },
    ],
  ],
  [
    'text-file',
    'known_hosts',
    [
      {
        what: 'that is a directory',
        change: (world) => {
          world.files.remove(specOf('text-file', 'known_hosts').path);
          world.files.makeDirectory(specOf('text-file', 'known_hosts').path, 0o700);
        },
        says: /is not a file/,
      },
    ],
  ],
  [
    'machine',
    'vm1',
    [
      {
        what: 'that does not answer',
        change: remove(`${vm1Run}/qmp.sock`),
        says: /does not run the VM: connect ECONNREFUSED/,
      },
    ],
  ],
];

describePresences(cases);

describe('what a process leaves behind', () => {
  test.each(['machine', 'internet'] as const)(
    '%s: gone when the process is, though its files are there',
    async (kind) => {
      const world = await madeLab();
      for (const pid of [...world.processes.keys()]) world.end(pid, false);
      const name = kind === 'machine' ? 'vm1' : 'server';
      expect(await inspect(specOf(kind, name), world)).toEqual({ state: 'absent' });
    },
  );
});
