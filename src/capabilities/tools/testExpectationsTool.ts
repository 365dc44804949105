import path from 'node:path';
import * as z from 'zod';
import { SemapError } from '../../core/errors.ts';
import { statedText } from '../../core/expectations/statedExpectations.ts';
import { type TestedExpectation, testCounts } from '../../core/expectations/testedExpectations.ts';
import { breakingText } from '../../core/expectations/verdictText.ts';
import { phrase, say } from '../../core/text/text.ts';
import { alignmentInput, mustNameInside, placeOf } from '../agentInput.ts';
import { readStating, testExpectations } from '../testExpectations.ts';
import { tool } from '../tool.ts';

/** Expectations that an answer lists; all are counted. */
const LISTED = 100;
/** Images that an answer names of each expectation; all are counted. */
const NAMED = 10;

const testedExpectation = z.object({
  expectation: z.string(),
  line: z.number().int().optional().describe('Where it stands in the document.'),
  status: z.enum(['passed', 'failed', 'error']).describe('error: it could not be tested.'),
  said: z
    .string()
    .describe('What was found, with the 95% interval and on how many images, or why nothing was.'),
  hint: z.string().optional(),
  withinChance: z.boolean().optional().describe('The interval includes the bound: chance may have decided.'),
  broke: z.array(z.string()).optional().describe('Images that broke it, the surest answers first.'),
  brokeCount: z.number().int().optional(),
});

export const testExpectationsTool = tool({
  name: 'test_expectations',
  title: phrase('Test Expectations'),
  description:
    'Tests what an alignment document promises on folders of images (its field "expectations", such as "accuracy >= .8", "recall of cat >= 70%", "never dog for wolf/12.jpg", "at most 5 unread"). Tells for each whether it holds, the figure with its interval, and the images that broke it. Outputs of the backbone are cached, so testing again after an edit takes moments. Does not change anything; to see figures without stating expectations, use classify_images.',
  changes: 'nothing',
  long: true,
  input: z.object(alignmentInput),
  output: z.object({
    alignment: z.string(),
    passed: z.number().int(),
    failed: z.number().int(),
    errors: z.number().int(),
    expectations: z
      .array(testedExpectation)
      .describe(`Those that did not pass first where there are more than ${LISTED}.`),
    notListed: z.number().int().optional(),
    open: z.string().describe('Opens the document in VS Code.'),
  }),
  doing: ({ alignment }) => phrase('Testing what {0} promises', path.basename(alignment)),
  use: async (input, session) => {
    const { places, link } = session;
    const file = await places.readable(input.alignment);
    const { alignment, stated, lineOf } = await readStating(file);
    await mustNameInside(alignment, path.basename(file), session);
    if (stated.length === 0) throw statesNothing(places.shown(file));
    const mayRead = (place: string) => placeOf(place, session);
    const tested = await testExpectations({ file, alignment, stated, mayRead }, session);
    return {
      alignment: places.shown(file),
      ...testCounts([{ tested }]),
      expectations: listed(tested).map((one) => {
        const { broke = [], brokeCount } = one.verdict ?? {};
        const line = lineOf(one.stated);
        return {
          expectation: say(statedText(one.stated)),
          ...(line !== undefined && { line }),
          status: one.status,
          said: say(one.said),
          ...(one.hint && { hint: say(one.hint) }),
          ...(one.withinChance && { withinChance: true }),
          ...(broke.length > 0 && {
            broke: broke.slice(0, NAMED).map((image) => say(breakingText(image))),
            brokeCount,
          }),
        };
      }),
      ...(tested.length > LISTED && { notListed: tested.length - LISTED }),
      open: link({ kind: 'alignment', file }),
    };
  },
});

function listed(tested: readonly TestedExpectation[]): readonly TestedExpectation[] {
  if (tested.length <= LISTED) return tested;
  const passed = ({ status }: TestedExpectation) => Number(status === 'passed');
  return tested.toSorted((a, b) => passed(a) - passed(b)).slice(0, LISTED);
}

function statesNothing(file: string): SemapError {
  return new SemapError('invalid-argument', phrase('{0} states no expectations.', file), {
    hint: phrase('Add a list to it: {0}', '"expectations": ["accuracy >= .8"]'),
  });
}
