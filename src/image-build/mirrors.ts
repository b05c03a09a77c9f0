import { LabnetError } from '../errors.ts';
import { webAddress } from '../image/address.ts';
import type { Mirror, Recipe } from './recipe.ts';

/** A mirror with the security mirror that belongs to it. */
export interface MirrorPair {
  readonly archive: string;
  readonly security: string;
}

/**
 * The mirrors to try, in order: the one given, or else the recipe's, with "host" replaced by the host's own or left
 * out. Where no security mirror is known, the usual neighbour is tried: .../debian has .../debian-security beside it.
 *
 * @throws LabnetError usage when `given` is no http(s) address, host-cannot when nothing is left.
 */
export function mirrorsOf(
  recipe: Recipe,
  given: string | undefined,
  hostMirror: Mirror | undefined,
): readonly MirrorPair[] {
  if (given !== undefined) return [complete({ archive: checked(given) })];
  const pairs = recipe.mirrors.flatMap((mirror) => {
    const meant = mirror === 'host' ? hostMirror : mirror;
    return meant === undefined ? [] : [complete(meant)];
  });
  if (pairs.length === 0) {
    throw new LabnetError('host-cannot', `no mirror for ${recipe.title}: this host's apt has none either`, {
      hint: '--mirror http://mirror.example.org/debian',
    });
  }
  return pairs.filter((pair, index) => pairs.findIndex(({ archive }) => archive === pair.archive) === index);
}

function complete({ archive, security }: Mirror): MirrorPair {
  return { archive, security: security ?? `${archive}-security` };
}

function checked(mirror: string): string {
  const { search, hash } = webAddress(mirror);
  if (search !== '' || hash !== '' || /["[\]]/.test(mirror)) {
    throw new LabnetError('usage', `${JSON.stringify(mirror)} is no address of a mirror`, {
      hint: '--mirror http://mirror.example.org/debian',
    });
  }
  return mirror.replace(/\/+$/, '');
}
