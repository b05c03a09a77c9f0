/** What is said of a guest that did not say that it is ready. */
import type { BootProgress } from './boot-progress.ts';

/** Why the wait for a guest has ended. */
export type End =
  | 'ready'
  | 'left'
  | 'gone'
  | 'late'
  | 'stuck'
  | 'no kernel'
  | 'no cloud-init'
  | 'other seed'
  | 'failed'
  | 'restarts';

/** What was waited for. */
export interface Waited {
  readonly instanceId: string;
  readonly lateMs: number;
  readonly mostRestarts: number;
  readonly byFirmware: boolean;
  /** What stands in the way of a guest that will not go on. */
  readonly stuck: string | undefined;
}

/** What came instead of the sign of readiness, where that was, and the end of the console. */
export function whyNotReady(progress: BootProgress, end: End | undefined, waited: Waited): string {
  const { instanceId, lateMs, mostRestarts } = waited;
  const { line, failure, phase } = progress;
  const ended: Partial<Record<End, string | undefined>> = {
    gone: 'QEMU ended',
    failed: progress.unbootable ? `its disk cannot be booted: ${failure}` : `the guest failed: ${failure}`,
    stuck: waited.stuck,
    'no kernel': noKernelWords(progress, waited),
    'no cloud-init':
      'the guest has booted to a login prompt, and its cloud-init says nothing: it is not installed in the image, or switched off there',
    'other seed': `the guest's cloud-init has ended without the seed that labnet gave it: it took what it was told from ${progress.otherSeed}`,
    restarts: `it has restarted more than ${mostRestarts} times without being ready`,
  };
  const what = (end && ended[end]) ?? `no sign of readiness, and no progress for ${lateMs / 1000} s`;
  const where = line === undefined ? `in phase ${phase}` : `in run line ${line.number} of ${line.count}`;
  return [
    `${instanceId}: ${what}, ${where}; awaited: the line "labnet-ready ${instanceId}" on its console`,
    'the end of its console:',
    progress.tail() || '(it said nothing)',
  ].join('\n');
}

function noKernelWords(progress: BootProgress, { lateMs, byFirmware }: Waited): string {
  const silent = `no line of a kernel within ${lateMs / 1000} s`;
  if (!byFirmware) return `${silent}, and QEMU has started one`;
  return progress.tail() === ''
    ? `${silent}, nor one of the firmware`
    : `${silent}: the firmware has found a boot loader on the disk, which hangs, or starts a kernel that is not told console=ttyS0`;
}

/** What to do about it. */
export function whatToDo(progress: BootProgress, end: End | undefined): string {
  if (end === 'no cloud-init' || end === 'other seed') return withCloudInit;
  if (progress.unbootable) return bootable;
  if (outOfMemory.test(progress.failure ?? '')) return moreMemory;
  return progress.letsRootIn ? maintenance : wholeConsole;
}

/** Whether a hint is of use only as long as the lab is there. */
export const isOfConsole = (hint: string | undefined): boolean =>
  hint === wholeConsole || hint === maintenance;

/** How a kernel panics that has no memory left and nothing to end (mm/oom_kill.c). */
const outOfMemory = /deadlocked on memory|Out of memory/i;

const moreMemory =
  'the VM has too little memory for its image: give it more in lab.yaml, such as memory: 512M';

const wholeConsole = 'sudo labnet logs VM shows the whole console';

const maintenance = `${wholeConsole}; sudo labnet console VM opens it, if root has a password in the image`;

const bootable =
  'the base image must be a disk that a BIOS boots: sudo labnet image build debian-12 makes one, sudo labnet image pull debian-12 downloads one';

const withCloudInit =
  "the image must have cloud-init, as Debian's generic and genericcloud have, and nocloud has not; no file /etc/cloud/cloud-init.disabled in it, no cloud-init=disabled for its kernel, NoCloud in its datasource_list, if it has one, and no output in its cloud.cfg that keeps cloud-init from the console. sudo labnet image list shows the images that are there, sudo labnet image build debian-12 makes one";
