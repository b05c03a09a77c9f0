/** The modes of files in a cloud_config, as cloud-init reads them (decode_perms in its cc_write_files.py). */
import type { Mistake } from './mistake.ts';

/**
 * Checks the mode of a file in a cloud_config. A mode that cloud-init cannot read is left out with no more than a
 * warning; a number is taken as such, so that 644 would be 1204.
 *
 * @param value what stands behind `permissions`; undefined or null: nothing
 */
export function checkMode(value: unknown, path: readonly PropertyKey[]): readonly Mistake[] {
  if (value === undefined || value === null) return [];
  if (value === 0 || (typeof value === 'string' && /^\s*(?:0o)?0+\s*$/i.test(value))) {
    const message = '"permissions" of 0 are none to cloud-init, which makes the file 0644';
    return [{ path, message, hint: 'permissions: "0400" lets root alone read the file' }];
  }
  if (typeof value === 'number') {
    if (isMeantAsOctal(value)) {
      const message = `the number ${value} is the mode ${octal(value)} to cloud-init`;
      const meant = `"${String(value).padStart(4, '0')}"`;
      const other = value <= highest ? `, or "${octal(value)}"` : '';
      return [{ path, message, hint: `write it in quotes: permissions: ${meant}${other}` }];
    }
    if (Number.isInteger(value) && value >= 0 && value <= highest) return [];
  }
  if (typeof value === 'string' && /^\s*(?:0o)?0?[0-7]{1,4}\s*$/i.test(value)) return [];
  return [{ path, message: '"permissions" must be octal digits, such as "0644"' }];
}

/** The highest mode: all bits of chmod(1). */
const highest = 0o7777;

/** The modes that people often give to files, as octal digits. */
const commonModes: ReadonlySet<string> = new Set(
  [
    '0400 0440 0444 0500 0550 0555 0600 0640 0644 0660 0664 0666 0700 0710 0711 0740 0744 0750 0751 0754 0755',
    '0770 0771 0774 0775 0776 0777 1770 1775 1777 2700 2750 2755 2770 2775 2777 4700 4711 4750 4755 6755',
  ].flatMap((line) => line.split(' ')),
);

/** Whether a number was meant as the octal digits that it is written with: 644, which is 1204. */
function isMeantAsOctal(value: number): boolean {
  const written = String(value);
  if (!/^[0-7]{3,4}$/.test(written) || commonModes.has(octal(value))) return false;
  const [owner = 0, group = 0, others = 0] = [...written.slice(-3)].map(Number);
  // Nobody lets others do what the owner may not.
  return (group & ~owner) === 0 && (others & ~owner) === 0;
}

const octal = (value: number) => value.toString(8).padStart(4, '0');
