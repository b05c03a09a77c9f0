/** The phases of a boot, in order, as a VM's serial console shows them. */
export const phases = [
  'firmware',
  'kernel',
  'system',
  // The four stages of cloud-init, by the names it gives them; `network` begins with the links coming up.
  'local',
  'network',
  'config',
  'final',
  'ready',
] as const;
/** A phase of a boot. */
export type Phase = (typeof phases)[number];

/** The line by which each phase shows itself; `ready` is told by who follows the boot. */
const signs: readonly (readonly [Phase, RegExp])[] = [
  ['kernel', /\bLinux version \d|^\[ +\d+\.\d+\] /],
  ['system', /systemd\[1\]: |Welcome to (?!GRUB)/],
  ['local', /running 'init-local'/],
  ['network', /Network Interfaces|Raise network|running 'init'|Net device info/],
  ['config', /running 'modules:config'/],
  ['final', /running 'modules:final'/],
];

/** The phases that a line shows. */
export function phasesShown(line: string): readonly Phase[] {
  return signs.filter(([, sign]) => sign.test(line)).map(([phase]) => phase);
}
