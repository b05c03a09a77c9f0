/** Whether a thing on the host is the one that is asked for: by what the user wished, not by the words of the day. */
import { canonical } from '../text/canonical.ts';
import { type ResourceSpec, typeOf } from './index.ts';

/** What of a spec the user asked for, as data. */
export function wishOf(spec: ResourceSpec): unknown {
  const type = typeOf(spec);
  return type.wish === undefined ? withoutCircumstance(spec) : type.wish(spec);
}

/** Whether both specs are of the same thing. */
export function isSameWish(known: ResourceSpec, planned: ResourceSpec): boolean {
  if (known.kind !== planned.kind) return false;
  if (canonical(wishOf(known)) === canonical(wishOf(planned))) return true;
  const type = typeOf(planned);
  return (
    type.formerWish !== undefined && canonical(type.formerWish(known)) === canonical(type.formerWish(planned))
  );
}

/** How it is started, whether it came from what was saved, and the words that tell of it. */
function withoutCircumstance(spec: ResourceSpec): unknown {
  return { ...spec, scope: undefined, saved: undefined, clone: undefined, purpose: undefined };
}
