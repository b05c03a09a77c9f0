/** The status QEMU ends with when the boot sector has run: isa-debug-exit gives (value << 1) | 1. */
export const bootSectorStatus = (0x10 << 1) | 1;

/** The device the boot sector writes to. */
export const debugExit = ['-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04'] as const;

/**
 * The smallest guest there is: 512 bytes that the firmware loads and runs, and that end QEMU.
 *
 *     b0 10     mov al, 0x10
 *     e6 f4     out 0xf4, al      isa-debug-exit ends QEMU here
 *     f4        hlt
 *     eb fd     jmp short -3
 *     …
 *     55 aa     the mark of a boot sector, at byte 510
 */
export function bootSector(): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set([0xb0, 0x10, 0xe6, 0xf4, 0xf4, 0xeb, 0xfd]);
  sector.set([0x55, 0xaa], 510);
  return sector;
}
