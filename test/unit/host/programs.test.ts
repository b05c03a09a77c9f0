import { expect, test } from 'vitest';
import { missingProgram, missingPrograms } from '../../../src/host/programs.ts';

test('a program is looked for where programs are, a file at its path', async () => {
  const asked = ['sh', '/etc/passwd', 'labnet-has-no-such-program', '/usr/lib/labnet-has-no-such-file'];
  expect(await missingPrograms(asked)).toEqual(asked.slice(2));
});

test('what is missing is told with the package that has it', () => {
  expect(missingProgram('/usr/lib/grub/i386-pc/boot.img')).toMatchObject({
    code: 'missing-program',
    hint: 'sudo apt-get install --no-install-recommends grub-pc-bin',
  });
});
