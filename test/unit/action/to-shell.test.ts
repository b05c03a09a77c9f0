import { describe, expect, test } from 'vitest';
import type { Action } from '../../../src/action/action.ts';
import { toShell } from '../../../src/action/to-shell.ts';

describe('the text of what only root does', () => {
  const lines = (action: Action) => toShell(action).split('\n');

  test('a command in a namespace is entered with nsenter', () => {
    const action: Action = { do: 'run', argv: ['ip', 'link'], namespace: '/run/lab/host.ns' };
    expect(toShell(action)).toBe('nsenter --net=/run/lab/host.ns -- ip link');
  });

  test('a process is started in a session of its own, and awaited', () => {
    const ready = { path: '/run/lab/qmp.sock', seconds: 30 };
    const action: Action = { do: 'spawn', argv: ['qemu', '-name', 'a b'], log: '/lab/qemu.log', ready };
    expect(lines(action)).toEqual([
      "setsid qemu -name 'a b' < /dev/null >> /lab/qemu.log 2>&1 &",
      "timeout 30 bash -c 'until [ -e /run/lab/qmp.sock ]; do sleep 0.1; done'",
    ]);
  });

  test('a process with a view of its own finds it in a mount namespace of its own', () => {
    const ready = { path: '/run/lab/qmp.sock', seconds: 30 };
    const view = { place: '/run/lab/vm1.view', own: ['/lab/vm1'], read: [], devices: ['new tun'] } as const;
    const script = toShell({ do: 'spawn', argv: ['qemu'], log: '/log', ready, view });
    expect(script).toContain('mknod --mode=0666 /run/lab/vm1.view/dev/net/tun c 10 200');
    expect(script).toContain('"--mount=/proc/$VIEW_PID/ns/mnt" -- qemu');
    expect(script).not.toContain('/proc/PID/');
  });

  test('settings are saved before they are written, and loaded back', () => {
    const ledger = '/run/labnet/settings.conf';
    const settings = [{ key: 'net.ipv4.ip_forward', value: '1' }];
    expect(lines({ do: 'hold-settings', holder: 'lab', ledger, settings })).toEqual([
      `sysctl net.ipv4.ip_forward > ${ledger}`,
      'sysctl --quiet --write net.ipv4.ip_forward=1',
    ]);
    expect(lines({ do: 'release-settings', holder: 'lab', ledger })).toEqual([
      `sysctl --quiet --load ${ledger}`,
      `rm -f ${ledger}`,
    ]);
  });

  test('the owner of a directory and of a file', () => {
    const base = { path: '/lab/vm1', mode: 0o700, uid: 1900000000 } as const;
    expect(toShell({ do: 'make-directory', ...base })).toBe(
      'install -d -m 0700 -o 1900000000 -g 1900000000 /lab/vm1',
    );
    expect(lines({ do: 'write-file', content: '', ...base })).toEqual([
      ': > /lab/vm1',
      'chmod 0700 /lab/vm1',
      'chown 1900000000:1900000000 /lab/vm1',
    ]);
  });

  test('a process is ended by uid and uuid, and one that is gone is no error', () => {
    expect(toShell({ do: 'stop-process', uuid: 'u-1', uid: 7 })).toBe('pkill --uid 7 --full u-1 || true');
  });

  test('a secret that the lab file gives is asked for, and is not on any command line', () => {
    const script = toShell({ do: 'make-secret', path: '/lab/password', given: 'vm1.password' });
    expect(script).toBe(`read -rsp 'vm1.password: ' && printf %s "$REPLY" > /lab/password`);
  });
});
