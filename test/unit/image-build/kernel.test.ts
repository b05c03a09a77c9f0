import { describe, expect, test } from 'vitest';
import { modulesInOrder } from '../../../src/image-build/kernel-modules.ts';
import { hasPvhEntry, xzPayload } from '../../../src/image-build/kernel-payload.ts';

/** A bzImage as small as can be: one setup sector, then the payload. */
function bzImage(payload: Buffer, { magic = 'HdrS', sectors = 1 } = {}): Buffer {
  const head = Buffer.alloc(((sectors || 4) + 1) * 512);
  head[0x1f1] = sectors;
  head.write(magic, 0x202, 'latin1');
  head.writeUInt32LE(16, 0x248);
  head.writeUInt32LE(payload.length, 0x24c);
  return Buffer.concat([head, Buffer.alloc(16), payload, Buffer.from('after')]);
}

const xz = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 1, 2, 3]);

describe('the kernel inside a bzImage', () => {
  test.each([1, 0, 27])('is found behind %i setup sectors', (sectors) => {
    expect(xzPayload(bzImage(xz, { sectors }))).toEqual(xz);
  });

  test.each([
    ['packed otherwise', bzImage(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]))],
    ['no kernel', bzImage(xz, { magic: 'None' })],
    ['too short', Buffer.from('MZ')],
    ['empty', Buffer.alloc(0)],
    ['cut off before the payload', bzImage(xz).subarray(0, 900)],
  ])('%s: none', (_, bytes) => {
    expect(xzPayload(bytes)).toBeUndefined();
  });

  test('only an ELF file with the note can be started unpacked', () => {
    const note = Buffer.from([4, 0, 0, 0, 4, 0, 0, 0, 18, 0, 0, 0, 88, 101, 110, 0]);
    expect(hasPvhEntry(Buffer.concat([Buffer.from('\x7fELF'), note]))).toBe(true);
    expect(hasPvhEntry(Buffer.from('\x7fELF and nothing else'))).toBe(false);
    expect(hasPvhEntry(note)).toBe(false);
  });
});

describe('modules', () => {
  test('come after what they need, once each', () => {
    const text = [
      'kernel/fs/ext4/ext4.ko.xz: kernel/lib/crc16.ko.xz kernel/fs/jbd2/jbd2.ko.xz',
      'kernel/lib/crc16.ko.xz:',
      'kernel/fs/jbd2/jbd2.ko.xz:',
      'kernel/drivers/block/virtio_blk.ko.xz: kernel/drivers/virtio/virtio.ko.xz',
      'kernel/drivers/virtio/virtio_pci.ko.xz: kernel/drivers/virtio/virtio.ko.xz',
      'kernel/drivers/virtio/virtio.ko.xz:',
      'kernel/sound/noise.ko.xz: kernel/lib/crc16.ko.xz',
      '',
    ].join('\n');
    const names = modulesInOrder(text).map((path) => path.replace(/^.*\//, '').replace('.ko.xz', ''));
    expect(names).toEqual(['virtio', 'virtio_pci', 'virtio_blk', 'crc16', 'jbd2', 'ext4']);
  });

  test('dashes in file names are no difference', () => {
    expect(modulesInOrder('kernel/drivers/ata/ata-piix.ko:\n')).toEqual(['kernel/drivers/ata/ata-piix.ko']);
  });

  test('a circle is refused', () => {
    expect(() => modulesInOrder('a/ext4.ko: b/jbd2.ko\nb/jbd2.ko: a/ext4.ko\n')).toThrow('in a circle');
  });
});
