/**
 * Set-uid, set-gid and sticky bits of files in a seed. cloud-init writes a file, sets its mode and then its owner, with
 * which the kernel takes set-uid and set-gid away (chown(2)). So such a file comes twice: the second time nothing is
 * added to it, it keeps its owner, and gets its mode once more (cc_write_files.py and extract_usergroup of cloud-init
 * 20.4 to 25).
 */

/** The set-uid, set-gid and sticky bits of a mode (inode(7)). */
const special = 0o7000;

/** A file's entry, and behind it the one that sets its mode again where that is needed. */
export function withSpecialBits<Entry extends { readonly permissions?: unknown }>(
  file: Entry,
): readonly (Entry | Readonly<Record<string, unknown>>)[] {
  if (((modeOf(file.permissions) ?? 0) & special) === 0) return [file];
  const { path, permissions, defer } = file as Readonly<Record<string, unknown>>;
  const again = { path, owner: 'none:none', permissions, append: true, content: '' };
  return [file, defer === undefined ? again : { ...again, defer }];
}

/**
 * The mode of a file as cloud-init reads it: a number as such, a text as octal digits; undefined when it reads none.
 */
function modeOf(permissions: unknown): number | undefined {
  if (typeof permissions === 'number') return Math.trunc(permissions);
  if (typeof permissions !== 'string') return undefined;
  const [, digits] = /^\s*(?:0o)?([0-7]{1,9})\s*$/i.exec(permissions) ?? [];
  return digits === undefined ? undefined : Number.parseInt(digits, 8);
}
