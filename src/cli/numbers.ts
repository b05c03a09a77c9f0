import { InvalidArgumentError } from 'commander';

/** --vms N. */
export function count(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('a number from 1 to 100 is needed');
  return Number(text);
}

/** --patience FACTOR. */
export function factor(text: string): number {
  const number = Number(text);
  if (!/^\d{1,2}(?:\.\d+)?$/.test(text) || number < 1 || number > 20)
    throw new InvalidArgumentError('a number from 1 to 20 is needed');
  return number;
}

/** --tail N. */
export function lines(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('a number of lines is needed');
  return Number(text);
}

/** --wait SECONDS. */
export function seconds(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('a number of seconds is needed');
  return Number(text);
}
