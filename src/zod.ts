/**
 * zod as labnet uses it: without compiled parsers. A run of labnet parses each thing once or twice, and to compile a
 * parser takes longer than that.
 */
import { config } from 'zod';

config({ jitless: true });

export * from 'zod';
