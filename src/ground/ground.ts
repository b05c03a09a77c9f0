/** Where labnet works, and what a command needs of that. */
import type { Roots } from '../paths.ts';

/** Where labnet works: on this PC, in these directories, with the rights of this user. */
export interface Ground {
  readonly roots: Roots;
  /** The uid that labnet runs as; 0 (root) may do all that a lab takes. */
  readonly uid: number;
}

/**
 * What a command needs: `nothing` that is root's; `labs`, to read what labnet keeps of labs, with their keys and logs;
 * or `host`, to change what they are made of.
 */
export type Needs = 'nothing' | 'labs' | 'host';
