import { csvFormat } from './csvFormat.ts';
import type { Format } from './format.ts';
import { jsonFormat } from './jsonFormat.ts';
import { jsonLinesFormat } from './jsonLinesFormat.ts';

/** Everything that an export may be, in the order of the lists. */
export const formats: readonly Format[] = [csvFormat, jsonFormat, jsonLinesFormat];
