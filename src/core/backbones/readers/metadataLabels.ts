import { phrase } from '../../text/text.ts';
import { namesInLiteral } from './names.ts';
import type { ModelPapers, Reading } from './reading.ts';

/** Keys under which exporters and people put the names of the outputs, the surest first. */
const KEYS = 'names id2label class_names classnames label_names classes labels categories'.split(' ');

/** The names of the outputs, where the file lists them: as Python or JSON, on lines, or between commas. */
export function readMetadataLabels({ metadata }: ModelPapers): Reading | undefined {
  for (const key of KEYS) {
    const text = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    const labels = namesInLiteral(text) ?? namesInList(text);
    if (labels) return { from: phrase('"{0}" in the metadata of the file', key), sidecar: { labels } };
  }
  return undefined;
}

const LONGEST = 2_000_000;

function namesInList(text: string | undefined): readonly string[] | undefined {
  if (text === undefined || text.length > LONGEST || /^\s*[[{(]/.test(text)) return undefined;
  const separator = [/\r?\n/, /[;|]/, /,/].find((one) => one.test(text.trim()));
  const names =
    separator &&
    text
      .trim()
      .split(separator)
      .map((name) => name.trim());
  return names?.every((name) => name !== '' && name.length <= 200) ? names : undefined;
}
