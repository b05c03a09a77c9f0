/** A lab as it stands on the host, as a bash script that stands it up again without the labnet that has made it. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Action, HoldSettingsAction } from '../../src/action/action.ts';
import { shellPreamble, toShell } from '../../src/action/to-shell.ts';
import type { Entry } from '../../src/engine/journal.ts';
import { inNamespace } from '../../src/host/namespace.ts';
import { quoteCommand, quoteWord } from '../../src/host/shell-quote.ts';
import { labPaths, type Roots } from '../../src/paths.ts';
import { hasLatecomers } from '../../src/qemu/command-line.ts';
import { type ResourceSpec, typeOf } from '../../src/resource/index.ts';
import type { InternetSpec } from '../../src/resource/internet.ts';

/** By QMP, as labnet does it when a VM is ready. */
const plugCpus = `plug_cpus() { # QMP-SOCKET
  /usr/bin/python3 - "$1" <<'EOF'
import json, socket, sys, time
qmp = socket.socket(socket.AF_UNIX)
for _ in range(100):
    try:
        qmp.connect(sys.argv[1])
        break
    except OSError:
        time.sleep(0.02)
lines = qmp.makefile("rw")
def ask(command, **arguments):
    lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\\n")
    lines.flush()
    return json.loads(lines.readline())["return"]
lines.readline()
ask("qmp_capabilities")
for place in sorted(ask("query-hotpluggable-cpus"), key=lambda place: place["props"]["socket-id"]):
    if "qom-path" not in place:
        ask("device_add", driver=place["type"], id="cpu%d" % place["props"]["socket-id"], **place["props"])
EOF
}`;

/**
 * A part for each entry of the journal, led by a line "## ID". What came from a kept lab or a template is made anew here,
 * and the stand-in internet is a program of the tests' own. An entry that is not done is begun: by its first command.
 */
export function hostScript(entries: readonly Entry[], lab: string, roots: Roots): string {
  const { dir } = labPaths(roots, lab);
  const directories = [roots.run, roots.cache, dirname(dir), dir].filter(existsSync);
  return [
    '#!/usr/bin/env bash',
    'set -euo pipefail',
    'umask 077',
    '',
    shellPreamble,
    '',
    plugCpus,
    '',
    ...directories.map((path) => `install -d -m ${modeOf(path)} ${quoteWord(path)}`),
    ...entries.flatMap((entry) => ['', `## ${entry.id}`, ...making(entry)]),
    '',
  ].join('\n');
}

const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8).padStart(4, '0');

function making({ spec, record }: Entry): readonly string[] {
  const actions = actionsOf(spec);
  if (record === undefined) return actions.slice(0, 1).map(line);
  return [...actions.map(line), ...macOf(spec, record.mac), ...cpusOf(spec)];
}

function actionsOf(spec: ResourceSpec): readonly Action[] {
  if (spec.kind === 'internet') return server(spec);
  const again = anew(spec);
  return typeOf(again).create(again);
}

/** The tests' own program: what labnet served with then is not kept. */
function server({ namespace, address, name, ready, uid, uuid, log }: InternetSpec): readonly Action[] {
  const argv = ['@INTERNET@', 'stand-in-internet', address, name, ready, String(uid), uuid];
  return [
    { do: 'remove', path: ready },
    { do: 'spawn', namespace, argv, ready: { path: ready, seconds: 20 }, log },
  ];
}

function anew(spec: ResourceSpec): ResourceSpec {
  if (spec.kind === 'machine') return { ...spec, saved: undefined, clone: undefined };
  return 'saved' in spec ? { ...spec, saved: undefined } : spec;
}

function line(action: Action): string {
  if (action.do === 'hold-settings') return holding(action);
  // The lab file's own, which no journal holds.
  if (action.do === 'make-secret') return `printf %s password > ${quoteWord(action.path)}`;
  // The next coprocess of that name is begun when this one has ended.
  return toShell(action).replace(/kill "\$VIEW_PID"$/, 'view=$VIEW_PID; kill "$view"; wait "$view" || true');
}

/** With the ledger as labnet wrote it. */
function holding({ settings, namespace, ledger }: HoldSettingsAction): string {
  const values = settings.map(({ key, value }) => `${key}=${value}`);
  const write = quoteCommand(inNamespace(['sysctl', '--quiet', '--write', ...values], namespace));
  return `${write}\ncat > ${quoteWord(ledger)} <<'EOF'\n${readFileSync(ledger, 'utf8')}EOF`;
}

/** The kernel gives these links a MAC by chance, and the journal tells which. */
function macOf(spec: ResourceSpec, mac: unknown): readonly string[] {
  if (typeof mac !== 'string' || (spec.kind !== 'tap' && spec.kind !== 'veth')) return [];
  const { name, namespace } = spec.kind === 'tap' ? spec : spec.near;
  return [quoteCommand(inNamespace(['ip', 'link', 'set', 'dev', name, 'address', mac], namespace))];
}

/** A guest is ready, and has all its CPUs. */
function cpusOf(spec: ResourceSpec): readonly string[] {
  if (spec.kind !== 'machine') return [];
  const { command } = spec;
  const ready = `until grep -q labnet-ready ${quoteWord(command.consoleLog)}; do sleep 0.02; done`;
  return [
    `timeout 20 bash -c ${quoteWord(ready)}`,
    ...(hasLatecomers(command) ? [`plug_cpus ${quoteWord(command.qmp)}`] : []),
  ];
}

/** What is kept of a lab, as a script that fills the cache again from the lab's own files, which stand in it. */
export function cacheScript(saved: readonly string[], files: readonly string[]): string {
  const known = new Map(files.map((path) => [readFileSync(path, 'latin1'), path]));
  return [
    '#!/usr/bin/env bash',
    'set -euo pipefail',
    'umask 077',
    ...saved.flatMap((directory) => ['', `mkdir -p ${quoteWord(directory)}`, ...filling(directory, known)]),
    '',
  ].join('\n');
}

function filling(directory: string, known: ReadonlyMap<string, string>): readonly string[] {
  const { files } = JSON.parse(readFileSync(join(directory, 'saved.json'), 'utf8')) as {
    readonly files: Readonly<Record<string, number>>;
  };
  return Object.entries(files).map(([name, size]) => {
    const path = join(directory, name);
    // A template's memory is as large as a VM's, and nothing is cloned from it any more.
    if (size > 1_000_000) return `truncate -s ${size} ${quoteWord(path)}`;
    const content = readFileSync(path, 'latin1');
    const from = known.get(content);
    if (from !== undefined) return `install -m 0600 ${quoteWord(from)} ${quoteWord(path)}`;
    return `printf ${quoteWord(printable(content))} > ${quoteWord(path)}`;
  });
}

/** For printf(1): a stand-in's state is a line or two, and many blanks. */
function printable(content: string): string {
  return content
    .replaceAll('%', '%%')
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll(/ {100,}/g, (blanks) => `%${blanks.length}s`);
}
