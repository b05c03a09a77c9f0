import { foreignMounts, type Needed } from './foreign-mounts.ts';

/**
 * A mount that has gone meanwhile is none. The machine's /run is out of sight, since who answers there (systemd, NetworkManager)
 * takes a pid of the cage for one of the machine's.
 */
const script = `
[ "$#" = 0 ] || umount --lazy -- "$@" 2> /dev/null || :
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /run
ip link set dev lo up`;

/**
 * The command by which namespaces that have just been made (mount, network, pid) let go of what they share with the rest of the
 * machine; it runs in them.
 *
 * @param mountinfo of the mount namespace
 */
export function standApart(mountinfo: string, needed: Needed): [string, ...string[]] {
  return ['sh', '-e', '-c', script, 'sh', ...foreignMounts(mountinfo, needed)];
}
