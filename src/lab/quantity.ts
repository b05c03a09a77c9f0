/** Sizes as lab files write them: 512M, 2G. The units are binary, as QEMU's and qemu-img's are. */

const units = { M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;

/** The bytes that a size such as 512M or 2G stands for; undefined when the text is no size. */
export function parseSize(text: string): number | undefined {
  const [, number, unit] = /^([1-9]\d{0,6})([MGT])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  return Number(number) * units[unit as keyof typeof units];
}

/** The mebibytes that a size such as 512M or 2G stands for; undefined when the text is no size. */
export function parseMemory(text: string): number | undefined {
  const bytes = parseSize(text);
  return bytes === undefined ? undefined : bytes / units.M;
}

/** A number of mebibytes as lab files spell it: 1536 is 1536M, 2048 is 2G. */
export function formatSize(mebibytes: number): string {
  if (mebibytes % 1024 ** 2 === 0) return `${mebibytes / 1024 ** 2}T`;
  return mebibytes % 1024 === 0 ? `${mebibytes / 1024}G` : `${mebibytes}M`;
}

/** The mebibytes in each unit that people may write. */
const otherUnits: ReadonlyMap<string, number> = new Map([
  ['k', 1 / 1024],
  ['m', 1],
  ['g', 1024],
  ['t', 1024 ** 2],
]);

/**
 * The sizes that somebody may have meant who wrote one in another way, likeliest first: 2048, "2048", 2GB, 1.5G, 512
 * MiB.
 *
 * @param units those in which a number without a unit may be meant
 */
export function meantSizes(written: unknown, units: readonly ('M' | 'G')[]): readonly string[] {
  const text = String(written).trim();
  if (/^[1-9]\d{0,6}$/.test(text)) return units.map((unit) => `${text}${unit}`);
  const [, number = '', unit = ''] = /^(\d{1,7}(?:\.\d{1,3})?)\s*([kmgt])(?:i?b)?$/i.exec(text) ?? [];
  const mebibytes = Number(number) * (otherUnits.get(unit.toLowerCase()) ?? 0);
  return Number.isInteger(mebibytes) && mebibytes > 0 ? [formatSize(mebibytes)] : [];
}

/**
 * The mebibytes that a text tells, written in whichever way, also where no size can be so: 127.9M, 0, 99999999T. Undefined
 * where it tells none, and for a number without a unit, except for 0.
 */
export function mebibytesIn(written: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?)?$/i.exec(written.trim()) ?? [];
  if (number === undefined) return undefined;
  return Number(number) === 0 ? 0 : times(Number(number), otherUnits.get(unit.toLowerCase()));
}

const times = (number: number, unit: number | undefined) => (unit === undefined ? undefined : number * unit);

/** A number of bytes, written for people: "1.5 GiB". */
export function formatDisk(bytes: number): string {
  const [unit, name] =
    bytes >= units.T ? [units.T, 'TiB'] : bytes >= units.G ? [units.G, 'GiB'] : [units.M, 'MiB'];
  const value = bytes / unit;
  return `${value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${name}`;
}
