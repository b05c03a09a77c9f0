/** What the seed writes into a guest so that the host gets in without its network. */
import { readFileSync } from 'node:fs';
import { shipped } from '../paths.ts';
import { type SeedFile, systemFile } from './guest-files.ts';

/**
 * The files of labnet's second way into a guest: a program, the service that runs it, in a rescue shell too, and the rule
 * of udev(7) that starts the service wherever QEMU has given the VM the port for it. At the first boot the port is there
 * before the rule: cloud-init starts the service then.
 */
export function reachFiles(): readonly SeedFile[] {
  files ??= [
    {
      path: reachProgram,
      owner: 'root:root',
      permissions: '0600',
      content: readFileSync(`${shipped.guest}reach.sh`, 'utf8'),
    },
    systemFile('/etc/systemd/system/labnet-reach.service', [
      '[Unit]',
      "Description=labnet's way into this VM by a port of QEMU's",
      'DefaultDependencies=no',
      'Conflicts=shutdown.target',
      'Before=shutdown.target',
      '',
      '[Service]',
      `ExecStart=/bin/sh ${reachProgram}`,
      'Restart=always',
      'RestartSec=5',
    ]),
    systemFile('/etc/udev/rules.d/41-labnet-reach.rules', [
      'SUBSYSTEM=="virtio-ports", ATTR{name}=="labnet.reach", TAG+="systemd", ENV{SYSTEMD_WANTS}+="labnet-reach.service"',
    ]),
    {
      path: '/var/lib/cloud/scripts/per-boot/labnet-channel',
      owner: 'root:root',
      permissions: '0755',
      content:
        '#!/bin/sh\n[ ! -e /dev/virtio-ports/labnet.reach ] || systemctl start --no-block labnet-reach\n',
    },
  ];
  return files;
}

/** They are the same in every guest. */
let files: readonly SeedFile[] | undefined;

const reachProgram = '/var/lib/labnet/reach';
