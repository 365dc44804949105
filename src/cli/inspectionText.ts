import type { GuessedPart } from '../core/backbones/guess.ts';
import { inputSpec } from '../core/backbones/inputSpec.ts';
import { geometryText, scalingText } from '../core/backbones/preprocessingText.ts';
import { listed, say } from '../core/text/text.ts';
import type { BackboneInspection } from '../protocol/backbones.ts';
import { printable } from './terminal.ts';

/** What files beside a model and entries in it say, and what is doubtful: a line each. Empty where there is neither. */
export function statedText({ stated, notes }: Pick<BackboneInspection, 'stated' | 'notes'>): string {
  const said = stated.map(({ from, parts }) => `  ${say(from)}: ${say(listed(parts))}`);
  return printableLines([
    ...(said.length > 0 ? ['Read from:', ...said] : []),
    ...notes.map((note) => `Note: ${say(note)}`),
  ]);
}

/** What of a description says how a picture is placed. */
const PLACING = ['size', 'crop', 'crop_pct', 'crop_first', 'fit'] as const;

/** The guesses for what nobody said, with their reasons. */
export function guessText({
  name,
  input,
  known,
  reasons,
  suggested,
  missing,
  outputs = [],
}: BackboneInspection): string {
  const { labels, preprocessing: p = {} } = suggested;
  const scaled = missing.some((field) => ['rescale_factor', 'image_mean', 'image_std'].includes(field));
  const isPlaced = PLACING.some((field) => known.preprocessing?.[field] !== undefined);
  const resize =
    scaled && reasons.resize && !isPlaced
      ? inputSpec(input, { ...p, ...known.preprocessing }, name).preprocessing
      : undefined;
  const some =
    typeof labels === 'object' ? `${labels.length} names (${labels.slice(0, 3).join(', ')}, ...)` : labels;
  const values: Readonly<Record<GuessedPart, string>> = {
    labels: some ?? '?',
    size: JSON.stringify(p.crop ?? p.size),
    resize: resize ? `${geometryText(resize)}, ${resize.resample}` : '',
    scaling: scalingText({
      rescaleFactor: p.rescale_factor ?? 1,
      mean: p.image_mean ?? [0],
      std: p.image_std ?? [1],
    }),
    channels: p.channels ?? '?',
    output: '',
    output_name: `${suggested.output_name} of ${outputs.map((one) => one.name).join(', ')}`,
  };
  const asked: Readonly<Record<GuessedPart, boolean>> = {
    labels: missing.includes('labels'),
    size: missing.includes('size'),
    resize: resize !== undefined,
    scaling: scaled,
    channels: missing.includes('channels'),
    output: false,
    output_name: missing.includes('output_name'),
  };
  const parts = (Object.keys(values) as GuessedPart[]).filter((part) => asked[part]);
  const lines = parts.flatMap((part) => {
    const why = reasons[part];
    return why ? [`  ${part.replace('_', ' ').padEnd(9)} ${values[part]}  ${say(why)}`] : [];
  });
  return printableLines([`Guesses for ${name}:`, ...lines]);
}

/** Lines in which nothing is an order to a terminal. */
function printableLines(lines: readonly string[]): string {
  return lines.map((line) => `${printable(line.trimEnd())}\n`).join('');
}
