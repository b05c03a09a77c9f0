/** The types of what each command prints with --json: they come from its schema. */
import type * as z from '../zod.ts';
import type { outputSchemas } from './output-schemas.ts';

/**
 * The type with the keys that a schema names: further keys, which a loose schema lets through, are nobody's to read.
 */
type Named<T> = { [K in keyof T as string extends K ? never : K]: T[K] };

/** The type made read only, all the way down; a record of any keys stays one. */
type Frozen<T> = T extends (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? keyof Named<T> extends never
      ? { readonly [K in keyof T]: Frozen<T[K]> }
      : { readonly [K in keyof Named<T>]: Frozen<Named<T>[K]> }
    : T;

type Schemas = typeof outputSchemas;

/** The commands that print an object of their own; `schema` prints a JSON Schema. */
export type OutputName = keyof Schemas | 'schema';

/** The object that a command prints with --json. */
export type Output<C extends OutputName> = C extends keyof Schemas ? Frozen<z.output<Schemas[C]>> : unknown;
