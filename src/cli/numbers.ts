import { InvalidArgumentError } from 'commander';

/** Reads the N of `--vms N`. @throws InvalidArgumentError when it is no number of up to three digits */
export function count(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('a number from 1 to 100 is needed');
  return Number(text);
}

/** Reads the FACTOR of `--patience FACTOR`. @throws InvalidArgumentError when it is no number from 1 to 20 */
export function factor(text: string): number {
  const number = Number(text);
  if (!/^\d{1,2}(?:\.\d+)?$/.test(text) || number < 1 || number > 20)
    throw new InvalidArgumentError('a number from 1 to 20 is needed');
  return number;
}

/** Reads the N of `--tail N`, a number of lines. @throws InvalidArgumentError */
export function lines(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('a number of lines is needed');
  return Number(text);
}

/** Reads the SECONDS of `--wait SECONDS`. @throws InvalidArgumentError */
export function seconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('a number of seconds is needed');
  return Number(text);
}
