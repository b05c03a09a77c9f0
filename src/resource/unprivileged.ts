/** A command as it runs under a VM's own uid, with no capability and no way to gain one (setpriv(1)). */
export function unprivileged(
  uid: number,
  argv: readonly string[],
  groups: readonly number[] = [],
): readonly string[] {
  return [
    'setpriv',
    '--reuid',
    String(uid),
    '--regid',
    String(uid),
    ...(groups.length === 0 ? ['--clear-groups'] : ['--groups', groups.join(',')]),
    '--inh-caps=-all',
    '--bounding-set=-all',
    '--no-new-privs',
    '--',
    ...argv,
  ];
}
