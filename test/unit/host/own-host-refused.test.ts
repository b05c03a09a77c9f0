import { expect, test } from 'vitest';
import { refusedNamespaces } from '../../../src/host/own-host-refused.ts';

const on = (files: Readonly<Record<string, string>>) => (path: string) => files[path];

test.each([
  [
    'where Debian’s setting forbids them',
    { '/proc/sys/kernel/unprivileged_userns_clone': '0\n', '/proc/sys/user/max_user_namespaces': '15000\n' },
    'unshare: unshare failed: Operation not permitted',
    ' (kernel.unprivileged_userns_clone is 0): unshare: unshare failed',
    'sudo sysctl --write kernel.unprivileged_userns_clone=1',
  ],
  [
    'where there may be none',
    { '/proc/sys/user/max_user_namespaces': '0\n' },
    'unshare: unshare failed: No space left on device',
    ' (user.max_user_namespaces is 0): ',
    'sudo sysctl --write user.max_user_namespaces=15000',
  ],
  [
    'where AppArmor gives them no rights',
    {
      '/proc/sys/kernel/unprivileged_userns_clone': '1\n',
      '/proc/sys/kernel/apparmor_restrict_unprivileged_userns': '1\n',
    },
    'unshare: write failed /proc/self/uid_map: Operation not permitted',
    ' (kernel.apparmor_restrict_unprivileged_userns is 1): ',
    'sudo apt-get install ./labnet_*.deb',
  ],
  [
    'in a container',
    { '/run/systemd/container': 'podman\n' },
    'unshare: mount /proc failed: Operation not permitted',
    'of his own: unshare: mount /proc failed',
    'run labnet on the PC itself',
  ],
  [
    'where nothing tells why',
    {},
    '',
    'of his own: unshare said nothing',
    'unshare --user --map-root-user true',
  ],
])('%s the line that lifts it is told', (_, files, said, message, hint) => {
  const error = refusedNamespaces(said, on(files));
  expect(error.code).toBe('host-cannot');
  expect(error.message).toContain(message);
  expect(error.hint).toContain(hint);
});
