import * as z from 'zod';
import { joinedSources } from '../../core/alignments/members.ts';
import { SemapError } from '../../core/errors.ts';
import { closestName } from '../../core/text/closestName.ts';
import { phrase, say } from '../../core/text/text.ts';
import { alignmentInput, alignmentOf } from '../agentInput.ts';
import { tool } from '../tool.ts';

export const explainCell = tool({
  name: 'explain_cell',
  title: phrase('Explain Cell'),
  description:
    'Explains why a target label and a source label of an alignment are as similar as they are: the WordNet senses that were chosen, what connects them, and how the weight came about. Use it where align_labels gave a label sources that look wrong; then align again with a hint.',
  changes: 'nothing',
  input: z.object({
    ...alignmentInput,
    target: z.string().describe('A target label of the alignment.'),
    source: z.string().describe('A source label of its backbone.'),
  }),
  output: z.object({
    target: z.string(),
    source: z.string(),
    similarity: z.number(),
    weight: z.number().describe('0: this source label does not stand for the target.'),
    reasons: z.array(z.string()),
    open: z.string().describe('Shows the cell in VS Code.'),
  }),
  doing: ({ target, source }) => phrase('Comparing {0} with {1}', target, source),
  use: async (input, session) => {
    const { engine, signal, link } = session;
    const { file, alignment } = await alignmentOf(input.alignment, session);
    const labels = alignment.targets.map(({ label }) => label);
    const target = placeOf(input.target, labels, 'target');
    const { sources, values } = await engine.call('similarities', { alignment }, { signal });
    const names = sources.map(({ name }) => name);
    const source = placeOf(input.source, names, 'source');
    const reasons = await engine.call('explain', { alignment, target, source }, { signal });
    const cell = joinedSources(alignment)[target].find(({ index }) => index === source);
    return {
      target: labels[target],
      source: names[source],
      similarity: rounded(values[target * sources.length + source]),
      weight: rounded(cell?.weight ?? 0),
      reasons: reasons.map((reason) => say(reason)),
      open: link({ kind: 'alignment', file, cell: { label: labels[target], target, source } }),
    };
  },
});

function rounded(value: number): number {
  return Number(value.toFixed(4));
}

/** @throws {SemapError} `not-found` */
function placeOf(name: string, names: readonly string[], what: 'target' | 'source'): number {
  const at = names.indexOf(name);
  if (at >= 0) return at;
  const inAnyCase = names.findIndex((one) => one.toLowerCase() === name.toLowerCase());
  if (inAnyCase >= 0) return inAnyCase;
  const near = closestName(name, names);
  throw new SemapError(
    'not-found',
    what === 'target'
      ? phrase('The alignment has no target label "{0}".', name)
      : phrase('The backbone has no source label "{0}".', name),
    near === undefined ? {} : { hint: phrase('Did you mean {0}?', near) },
  );
}
