/** Words that commands know by heart, for completion. */
import { outputSchemas } from '../report/output-schemas.ts';
import { kinds } from '../resource/index.ts';

/** What `explain` explains. */
export const explained: readonly string[] = kinds;

/** Whose output `schema` describes. */
export const described: readonly string[] = Object.keys(outputSchemas);
