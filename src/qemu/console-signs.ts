/** What kernels, boot loaders and systemd say on a console that tells what becomes of a guest. */

/** What systemd says before it hands its console to root, as long as something of the boot is wrong (sulogin-shell.c). */
export const maintenance = /You are in (?:emergency|rescue) mode.*/;
/** What sulogin(8) says where nobody can log in as root, as in most images. */
export const rootLocked = /root account is locked/;

/** What tells that a boot has failed for good. */
export const failures: readonly RegExp[] = [
  /Kernel panic - not syncing.*/,
  maintenance,
  // An initrd does not find the root: Debian's, and dracut's.
  /ALERT! .* does not exist\. +Dropping to a shell!.*/,
  /Entering emergency mode\. Exit the shell to continue.*/,
  // The initrd has found the root, and cannot start what is there (klibc's run-init).
  /^run-init: .+/,
  /Unable to mount root fs.*/,
  // A template says this, or a clone that goes on in it (guest/gate).
  /\blabnet-gate-broken/,
];

/** What firmware and boot loaders say when there is nothing that they can start (SeaBIOS, syslinux, GRUB, mkfs.fat). */
export const nothingToBoot: readonly RegExp[] = [
  /No bootable device.*/,
  /^(?:Missing operating system|Operating system load error|Boot error).*/,
  /^(?:WARNING: No configuration file found|No DEFAULT or UI configuration directive found).*/,
  /^(?:Entering rescue mode\.\.\.|GRUB Hard Disk Error|GRUB Read Error).*/,
  /^(?:Failed to load (?:ldlinux|COM32|libcom32)|This is not a bootable disk).*/,
];

/** The last words of a kernel that was told to go (kernel/reboot.c, drivers/tty/sysrq.c), at any level of its log. */
export const restarting = /\breboot: Restarting system|\bsysrq: Resetting/;
/** The last words of a kernel that leaves for good, by how it leaves. */
export const leaving = [
  ['off', /\breboot: Power down/],
  ['halted', /\breboot: .*System halted/],
] as const;
/**
 * What may still follow the lines of `leaving`; after any other line the guest is there: somebody has it show an old
 * log.
 */
export const afterwards = /\breboot: |acpi_power_off/;

/**
 * What systemd says while it shuts the system down: it calls a target by its name, or since 249 by its unit and name.
 */
export const goingDown =
  /\[ {2}OK {2}\] (?:Stopped target |Reached target (?:\S+ - )?(?:System |Late )?(?:Shutdown|Reboot|Power))|systemd-shutdown\[/;

/**
 * What tells that a system begins, or goes on in another root: what the initrd's systemd has stopped before is no
 * shutdown.
 */
export const comingUp = /\bsystemd\[1\]: Switching root|Welcome to (?!GRUB)/;

/**
 * How a kernel begins what it says, wherever that comes to stand in a line (kernel/printk; with PRINTK_CALLER a thread,
 * too).
 */
const stamp = /\[ *\d+\.\d+\](?:\[ *[TC]\d+\])? (.*)$/;
/**
 * How a line begins that a program has had the kernel say for it, by /dev/kmsg: cloud-init's, with all that run lines
 * print.
 */
const byProgram = /^[\w.-]+\[\d+\]: /;

/** What cloud-init itself says, or what a program says that it has started, such as apt. */
export const byCloudInit = /\bcloud-init\[\d+\]: /;

/**
 * What cloud-init says at its end unless it is told otherwise, as labnet's seed does, and from where it had what it was
 * told (cloud-init's cc_final_message.py).
 */
export const endOfOtherSeed = /\bCloud-init v\. \S+ finished at .*\bDatasource (DataSource\S*?)\.?(?: |$)/;

/** How getty(8) asks for a name. */
export const loginPrompt = /^\S+ login:(?: |$)/;

/** What names cloud-init, or labnet's own signs, which come by it: a line of its own, or of systemd on its units. */
const namesCloudInit = /\bcloud-(?:init|config|final)\b(?!=)|\bci-info: |\blabnet[-:]/i;
/** What may name it where it is switched off: the kernel's arguments, and units that are left out. */
const namesInVain = /ommand line|skipped|unmet condition|hotplug/i;

/** Whether a line shows that cloud-init is at work. */
export function showsCloudInit(line: string): boolean {
  return namesCloudInit.test(line) && !namesInVain.test(line);
}

/**
 * What of a line the kernel may have said itself. A run line may print what it likes, such as an old log: while one is
 * at work, only what bears the kernel's stamp counts.
 */
export function kernelsOwn(line: string, runLineAtWork: boolean): string {
  const said = stamp.exec(line)?.[1];
  if (said !== undefined && byProgram.test(said)) return '';
  return runLineAtWork ? (said ?? '') : line;
}
