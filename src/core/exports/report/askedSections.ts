import { passedOverCount, passedOverWords } from '../../images/imageFiles.ts';
import { imageCount, percent } from '../../text/numbers.ts';
import { listed, phrase, plural, type Text, verbatim } from '../../text/text.ts';
import type { ExportFilter } from '../exportFilter.ts';
import type { Block, Fact, Section } from './reportBlocks.ts';
import { type Reported, shareText } from './reported.ts';
import { labelName, pathName } from './reportNames.ts';

/** Labels that are named, and files that are listed. */
const LABELS = 40;
const FILES = 50;

/** What was classified, into what, and which of the answers the report is about. */
export function askedSection({ run, facts, filter, isPart }: Reported): Section {
  const { labels, folders, split } = run;
  const all = imageCount(run.figures?.measuredOn.images ?? run.images);
  const part: readonly Fact[] = isPart
    ? [
        {
          name: phrase('Part of the images'),
          value: filter
            ? phrase('{0} of {1}: {2}', facts.images, all, filterText(filter))
            : phrase('{0} of {1}', facts.images, all),
        },
      ]
    : [];
  return {
    heading: phrase('What was asked'),
    blocks: [
      {
        kind: 'facts',
        facts: [
          {
            name: plural(folders.length, 'Folder', 'Folders'),
            value: listed(folders.map(pathName), 5),
          },
          { name: phrase('Labels'), value: listed(labels.map(labelName), LABELS) },
          ...(split === undefined ? [] : [{ name: phrase('Split'), value: phrase('only {0}', split) }]),
          ...part,
        ],
      },
      ...(run.notes ?? []).map((text): Block => ({ kind: 'paragraph', text })),
      ...(run.complete
        ? []
        : [
            {
              kind: 'paragraph' as const,
              text: phrase(
                'The classification was not finished. The report is about the images that were classified.',
              ),
            },
          ]),
    ],
  };
}

function filterText(filter: ExportFilter): Text {
  const { labels, least, most, accepted, truth, split, withoutDuplicates } = filter;
  const names = labels?.map((label) => (label === '' ? phrase('no label') : labelName(label)));
  const truths = {
    known: phrase('with a true label'),
    right: phrase('with a right answer'),
    wrong: phrase('with a wrong answer'),
  };
  const conditions: readonly (Text | undefined)[] = [
    names && phrase('answered {0}', listed(names, LABELS)),
    least === undefined ? undefined : phrase('confidence of at least {0}', percent(least)),
    most === undefined ? undefined : phrase('confidence of at most {0}', percent(most)),
    accepted ? phrase('labeled or accepted by a person') : undefined,
    truth && truths[truth],
    split && phrase('of the split {0}', split),
    withoutDuplicates ? phrase('without near-duplicates') : undefined,
  ];
  return listed(conditions.filter((one) => one !== undefined));
}

/** What of the answers was withheld, and what of the rest is right. */
export function cautionSection({ run, facts }: Reported): Section | undefined {
  const { caution } = run;
  if (!caution) return undefined;
  const { said, saidJudged } = facts;
  const { all, labels = {} } = caution.thresholds ?? {};
  const own = Object.entries(labels).map(([label, least]) =>
    phrase('{0} ({1})', labelName(label), percent(least)),
  );
  const asked: readonly (Text | undefined)[] = [
    caution.none &&
      phrase('At most {0} of the images should get a wrong label.', percent(caution.none.errorRate)),
    all ? phrase('Answers need a confidence of at least {0}.', percent(all)) : undefined,
    own.length > 0 ? phrase('Labels with a threshold of their own: {0}.', listed(own, LABELS)) : undefined,
    caution.rollUp
      ? phrase('Where labels cannot be told apart, the answer is what they have in common.')
      : undefined,
  ];
  return {
    heading: phrase('Unsure answers'),
    blocks: [
      { kind: 'list', items: asked.filter((one) => one !== undefined) },
      {
        kind: 'facts',
        facts: [
          { name: phrase('With a label'), value: phrase('{0}', said.label) },
          { name: phrase('With a common kind'), value: phrase('{0}', said.kind) },
          { name: phrase('None of these'), value: phrase('{0}', said.none) },
          { name: phrase('Not sure'), value: phrase('{0}', said['not sure']) },
          ...(saidJudged.images === 0
            ? []
            : [
                {
                  name: phrase('Labels that are right'),
                  value: phrase(
                    '{0} of {1}',
                    shareText(saidJudged.right / saidJudged.images, saidJudged.images),
                    saidJudged.images,
                  ),
                },
              ]),
        ],
      },
    ],
  };
}

/** What the images of the folders said together. */
export function settlingSection({ run, facts, isPart }: Reported): Section | undefined {
  const { settling } = run;
  if (!settling) return undefined;
  const { shown, settled, balanced, kind, information, changed, learned, held, expected } = settling;
  const state = !settled
    ? phrase(
        'The images say too little about each other to settle them: the answers are those for each image alone.',
      )
    : shown
      ? phrase(
          'Images that look alike got like answers. The answer of an image depends on the others in the folder.',
        )
      : phrase('The folder was settled, but the answers here are those for each image alone.');
  return {
    heading: phrase('Settling'),
    blocks: [
      { kind: 'paragraph', text: state },
      {
        kind: 'facts',
        facts: [
          { name: phrase('Evidence'), value: verbatim(information.toFixed(2)) },
          {
            name: phrase('Images compared by'),
            value:
              kind === 'features' ? phrase('features of the backbone') : phrase('outputs of the backbone'),
          },
          {
            name: phrase('Changed answers'),
            // Of the images of the report, where they are a part.
            value: phrase('{0}', isPart ? facts.changed : changed),
          },
          {
            name: phrase('Equally frequent labels promised'),
            value: balanced ? phrase('yes') : phrase('no'),
          },
          ...(learned > 0 ? [{ name: phrase('Labels learned from'), value: phrase('{0}', learned) }] : []),
          ...(held > 0 && expected
            ? [
                {
                  name: phrase('Expected accuracy from labels of random images'),
                  value: phrase(
                    '{0} ({1} to {2})',
                    percent(expected.right / expected.of),
                    percent(expected.low),
                    percent(expected.high),
                  ),
                },
              ]
            : []),
        ],
      },
    ],
  };
}

/** What images are whatever their labels. */
export function looksSection({ facts: { looks, images } }: Reported): Section | undefined {
  if (!looks) return undefined;
  const { seen, groups, grouped, odd, blank, tiny } = looks;
  const known: readonly Fact[] =
    seen === images
      ? []
      : [{ name: phrase('Known of'), value: phrase('{0} of {1}', seen, imageCount(images)) }];
  return {
    heading: phrase('Similar and odd images'),
    blocks: [
      {
        kind: 'facts',
        facts: [
          {
            name: phrase('Near-duplicates'),
            value: plural(groups, '{1} in {0} group', '{1} in {0} groups', imageCount(grouped)),
          },
          { name: phrase('Unlike all others'), value: imageCount(odd) },
          { name: phrase('Blank'), value: imageCount(blank) },
          { name: phrase('Tiny'), value: imageCount(tiny) },
          ...known,
        ],
      },
    ],
  };
}

/** What could not be read, and what was passed over. */
export function notReadSection({ run }: Reported): Section | undefined {
  const { skipped, passedOver } = run;
  const blocks: Block[] = [];
  if (skipped.length > 0)
    blocks.push({
      kind: 'table',
      title: phrase('Images and folders that could not be read: {0}', skipped.length),
      columns: [{ title: phrase('Path') }, { title: phrase('Reason') }],
      rows: skipped
        .slice(0, FILES)
        .map(({ path, reason }) => [{ text: verbatim(pathName(path)) }, { text: reason }]),
    });
  const more = skipped.length - FILES;
  if (more > 0)
    blocks.push({
      kind: 'paragraph',
      text: plural(more, '{0} more is not listed.', '{0} more are not listed.'),
    });
  if (passedOver && passedOverCount(passedOver) > 0)
    blocks.push({
      kind: 'paragraph',
      text: phrase('Passed over, since SeMap does not read it: {0}.', passedOverWords(passedOver)),
    });
  return blocks.length === 0 ? undefined : { heading: phrase('Files not read'), blocks };
}
