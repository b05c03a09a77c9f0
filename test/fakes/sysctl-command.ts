/** sysctl(8) of procps 4. */
import type { Output } from '../../src/host/host.ts';
import { done, refuses, says, unknown } from './answer.ts';
import type { NetworkNamespace } from './network-namespace.ts';
import { canonicalKey, readSetting, settingKeys, writeSetting } from './network-settings.ts';

export function sysctlCommand(argv: readonly string[], namespace: NetworkNamespace): Output {
  const [, ...words] = argv;
  const [first, ...rest] = words;
  const mayLack = first === '--ignore';
  const [quiet, writing, ...assignments] = mayLack ? rest : words;
  if (quiet === '--quiet' && writing === '--write' && assignments.length > 0) {
    const answers = assignments.map((assignment) => write(assignment, namespace));
    const refused = answers.find(
      ({ status, stderr }) => status !== 0 && !(mayLack && /No such file/.test(stderr)),
    );
    return refused ?? done;
  }
  if (first === '--all' && rest[0] === '--pattern' && rest.length === 2) {
    const pattern = new RegExp(rest[1] ?? '');
    return says(
      print(
        settingKeys(namespace).filter((key) => pattern.test(key)),
        namespace,
      ),
    );
  }
  if (first === '--ignore' && rest.length > 0 && rest.every((key) => key.startsWith('net'))) {
    return says(print(rest.map(canonicalKey), namespace));
  }
  return unknown(argv);
}

function write(assignment: string, namespace: NetworkNamespace): Output {
  const [key = '', value = ''] = assignment.split('=');
  if (writeSetting(key, value, namespace)) return done;
  return refuses(1, `sysctl: cannot stat /proc/sys/${key.replaceAll('.', '/')}: No such file or directory`);
}

/** Keys that do not exist are left out. */
function print(keys: readonly string[], namespace: NetworkNamespace): string {
  return keys
    .flatMap((key) => {
      const value = readSetting(key, namespace);
      return value === undefined ? [] : [`${key} = ${value}\n`];
    })
    .join('');
}
