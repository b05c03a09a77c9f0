/** Sizes as lab files write them: 512M, 2G. The units are binary, as QEMU's and qemu-img's are. */

const units = { M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;

/** Bytes; undefined when the text is no size. */
export function parseSize(text: string): number | undefined {
  const [, number, unit] = /^([1-9]\d{0,6})([MGT])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  return Number(number) * units[unit as keyof typeof units];
}

/** Mebibytes; undefined when the text is no size. */
export function parseMemory(text: string): number | undefined {
  const bytes = parseSize(text);
  return bytes === undefined ? undefined : bytes / units.M;
}

/** Bytes for people: "1.5 GiB". */
export function formatDisk(bytes: number): string {
  const [unit, name] =
    bytes >= units.T ? [units.T, 'TiB'] : bytes >= units.G ? [units.G, 'GiB'] : [units.M, 'MiB'];
  const value = bytes / unit;
  return `${value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${name}`;
}
