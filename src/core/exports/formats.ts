import { cocoFormat } from './cocoFormat.ts';
import { csvFormat } from './csvFormat.ts';
import { cvatFormat } from './cvatFormat.ts';
import { fiftyOneFormat } from './fiftyOneFormat.ts';
import type { Format } from './format.ts';
import { jsonFormat } from './jsonFormat.ts';
import { jsonLinesFormat } from './jsonLinesFormat.ts';
import { labelStudioFormat } from './labelStudioFormat.ts';
import { parquetFormat } from './parquetFormat.ts';
import { htmlFormat, markdownFormat } from './report/reportFormats.ts';
import { xmpFormat } from './sidecars/xmpFormat.ts';
import { treeFormats } from './trees/treeFormats.ts';

/** Everything that an export may be, in the order of the lists. */
export const formats: readonly Format[] = [
  csvFormat,
  jsonFormat,
  jsonLinesFormat,
  parquetFormat,
  labelStudioFormat,
  cvatFormat,
  cocoFormat,
  fiftyOneFormat,
  ...treeFormats,
  xmpFormat,
  htmlFormat,
  markdownFormat,
];
