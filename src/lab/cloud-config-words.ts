/**
 * Raw cloud_config is cloud-init's language, not labnet's: what stands in it without quotes means what it means there,
 * also where YAML 1.2 reads something else (no, 0755, 1:30, 1e3).
 */
import { type Document, isMap, isPair, isScalar, type Scalar, visit } from 'yaml';
import { isSecretKey } from '../text/masked.ts';
import { readPlainScalar } from './plain-scalar.ts';
import type { Refused } from './refused.ts';

/**
 * Gives the words of every cloud_config the values that cloud-init gives them.
 *
 * @returns the words that a seed cannot say
 */
export function readCloudConfigWords(document: Document.Parsed): readonly Refused[] {
  const vms: unknown = document.get('vms', true);
  const found: Refused[] = [];
  for (const { value: vm } of isMap(vms) ? vms.items : []) {
    const config: unknown = isMap(vm) ? vm.get('cloud_config', true) : undefined;
    if (!isMap(config)) continue;
    visit(config, {
      Scalar: (place, scalar, around) => {
        if (scalar.type !== 'PLAIN') return;
        const message = place === 'key' ? flawOfKey(scalar) : readValue(scalar, around.some(isSecret));
        if (message !== undefined) found.push({ ...spanOf(scalar), message });
      },
    });
  }
  return found;
}

function isSecret(node: unknown): boolean {
  return isPair(node) && isScalar(node.key) && isSecretKey(node.key.value);
}

function readValue(scalar: Scalar, secret: boolean): string | undefined {
  const read = readPlainScalar(scalar.source ?? '', secret);
  if ('refused' in read) return `${read.refused}: write ${read.instead}`;
  scalar.value = read.value;
  return undefined;
}

/**
 * What is wrong with a word as a key; undefined when cloud-init reads it as text, which all keys of a seed are. It
 * reads "=" as text, too; merge keys (<<) are refused elsewhere, in every map.
 */
function flawOfKey({ source = '' }: Scalar): string | undefined {
  const read = readPlainScalar(source);
  if (source === '=' || source === '<<' || ('value' in read && typeof read.value === 'string'))
    return undefined;
  return `cloud-init would not read this key as text: write "${source}" in quotes`;
}

function spanOf(scalar: Scalar): Pick<Refused, 'from' | 'to'> {
  const [from, to] = scalar.range ?? [0, 1];
  return { from, to };
}
