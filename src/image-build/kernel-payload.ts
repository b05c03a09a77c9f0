/** Reads what is inside a bzImage (kernel, Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header"). */

const magicOffset = 0x202;
const setupSectors = 0x1f1;
const payloadOffset = 0x248;
const payloadLength = 0x24c;
const sectorSize = 512;

/** How an xz stream begins (the .xz file format, 2.1.1.1). */
const xzMagic = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

/**
 * The compressed kernel of a bzImage, if it is compressed with xz as Debian's are; undefined for anything else.
 * Unpacking it on the host saves the guest that work: 5 s of a boot under TCG.
 */
export function xzPayload(kernel: Uint8Array): Uint8Array | undefined {
  const bytes = Buffer.from(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  if (bytes.length < payloadLength + 4 || bytes.toString('latin1', magicOffset, magicOffset + 4) !== 'HdrS')
    return undefined;
  // 0 stands for 4, as in the first kernels.
  const protectedMode = ((bytes[setupSectors] || 4) + 1) * sectorSize;
  const start = protectedMode + bytes.readUInt32LE(payloadOffset);
  const payload = bytes.subarray(start, start + bytes.readUInt32LE(payloadLength));
  return payload.subarray(0, xzMagic.length).equals(xzMagic) ? payload : undefined;
}

/** The ELF note that tells QEMU where to enter a kernel that is not a bzImage: XEN_ELFNOTE_PHYS32_ENTRY (type 18). */
const pvhNote = Buffer.concat([Buffer.from([18, 0, 0, 0]), Buffer.from('Xen\0')]);

/** Whether QEMU can start this unpacked kernel: an ELF file with a PVH entry (kernel, CONFIG_PVH). */
export function hasPvhEntry(kernel: Uint8Array): boolean {
  const bytes = Buffer.from(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  return bytes.toString('latin1', 0, 4) === '\x7fELF' && bytes.includes(pvhNote);
}
