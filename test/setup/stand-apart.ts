import { foreignMounts, type Needed } from './foreign-mounts.ts';

/**
 * A mount that has gone meanwhile is none. The machine's /run is out of sight, since who answers there (systemd, NetworkManager)
 * takes a pid of the cage for one of the machine's. By the machine id a VM has another uuid than that of the same name outside,
 * where labnet sees the processes of a cage as well.
 */
const script = `
machine_id=$1
shift
[ "$#" = 0 ] || umount --lazy -- "$@" 2> /dev/null || :
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /run
echo "$machine_id" > /run/machine-id
[ ! -e /etc/machine-id ] || mount --bind /run/machine-id /etc/machine-id
ip link set dev lo up`;

export interface Apart {
  /** Of the mount namespace. */
  readonly mountinfo: string;
  readonly needed: Needed;
  /** 32 digits (machine-id(5)). */
  readonly machineId: string;
}

/**
 * The command by which namespaces that have just been made (mount, network, pid) let go of what they share with the rest of the
 * machine; it runs in them.
 */
export function standApart({ mountinfo, needed, machineId }: Apart): [string, ...string[]] {
  return ['sh', '-e', '-c', script, 'sh', machineId, ...foreignMounts(mountinfo, needed)];
}
