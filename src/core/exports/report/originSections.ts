import type { AlignmentDocument } from '../../alignments/alignment.ts';
import { methodLabel } from '../../alignments/alignment.ts';
import { partsOf } from '../../alignments/members.ts';
import { mappingMethods, methodNames } from '../../mapping/methods.ts';
import { deviceName } from '../../runs/run.ts';
import { duration, imageCount, percent } from '../../text/numbers.ts';
import { phrase, plural, type Text, verbatim } from '../../text/text.ts';
import type { Block, Fact, Section } from './reportBlocks.ts';
import { measuredOf, type Reported } from './reported.ts';
import { labelName, minuteOf, pathName } from './reportNames.ts';
import { reproducingLine } from './reproduce.ts';

/** What made the answers: files by their hashes, settings, the machine. */
export function originSection({ run, version }: Reported): Section {
  const { alignment, alignmentFile, device, seconds, time, head } = run;
  return {
    heading: phrase('How it was made'),
    blocks: [
      {
        kind: 'facts',
        facts: [
          ...(alignment ? alignmentFacts(alignment) : headFacts(head, run.backbone)),
          ...licenceFacts(head),
          ...(alignmentFile === undefined
            ? []
            : [{ name: phrase('Alignment file'), value: verbatim(pathName(alignmentFile)) }]),
          ...(device
            ? [{ name: phrase('Device'), value: phrase('{0} ({1})', deviceName(device), device.provider) }]
            : []),
          ...(time === undefined
            ? []
            : [{ name: phrase('Started'), value: phrase('{0} UTC', minuteOf(time)) }]),
          ...(seconds === undefined ? [] : [{ name: phrase('Duration'), value: duration(seconds) }]),
          { name: phrase('Report by'), value: verbatim(`SeMap ${version}`) },
        ],
      },
    ],
  };
}

/** What the cards of the backbones said when they answered. */
function licenceFacts(head: Readonly<Record<string, unknown>>): readonly Fact[] {
  const backbone = fieldsOf(head['backbone']);
  const members = Array.isArray(backbone['members']) ? backbone['members'].map(fieldsOf) : [];
  const said = [backbone, ...members].map(({ license }) => license).filter((one) => typeof one === 'string');
  return [...new Set(said)].map((license) => ({
    name: phrase('License of the backbone'),
    value: name(license),
  }));
}

/** The same as far as JSON names it, of which nothing is taken for granted: the alignment itself is not in it. */
function headFacts(head: Readonly<Record<string, unknown>>, names: string): readonly Fact[] {
  const backbone = fieldsOf(head['backbone']);
  const members = Array.isArray(backbone['members']) ? backbone['members'].map(fieldsOf) : [];
  const method = fieldsOf(head['method']);
  const made = methodNames.find((one) => one === method['name']);
  // The name of several is that of all, and the hash that of the first.
  const others = members.map((one) => ` + ${one['name']}`).join('');
  const first = names.endsWith(others) ? names.slice(0, names.length - others.length) : names;
  const backbones = [
    hashed(first, backbone['sha256']),
    ...members.map((one) => hashed(one['name'], one['sha256'])),
  ].filter((one) => one !== undefined);
  const decides = fieldsOf(head['head']);
  const classifier = hashed(decides['kind'], decides['sha256']);
  const { similarity } = method;
  return [
    ...(backbones.length > 0 ? backbones : [name(names)]).map((value) => ({
      name: phrase('Backbone'),
      value,
    })),
    ...(made ? [{ name: phrase('Method'), value: mappingMethods[made].title }] : []),
    ...(typeof similarity === 'string'
      ? [{ name: phrase('Label similarity'), value: name(similarity) }]
      : []),
    ...(classifier ? [{ name: phrase('Classifier'), value: classifier }] : []),
  ];
}

function hashed(called: unknown, sha256: unknown): Text | undefined {
  if (typeof called !== 'string' || typeof sha256 !== 'string') return undefined;
  return phrase('{0}: SHA-256 {1}', labelName(called), labelName(sha256));
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function alignmentFacts(alignment: AlignmentDocument): readonly Fact[] {
  const { head, weighed } = alignment;
  const facts = partsOf(alignment).flatMap(({ backbone, method, aggregation, prompt }): readonly Fact[] => [
    {
      name: phrase('Backbone'),
      value: phrase('{0}: SHA-256 {1}', labelName(backbone.name), backbone.sha256),
    },
    {
      name: phrase('Source labels'),
      value: phrase('{0} ({1})', backbone.sourceCount, labelName(backbone.labelSpace)),
    },
    { name: phrase('Method'), value: methodLabel(method) },
    { name: phrase('Label similarity'), value: similarityText(method) },
    { name: phrase('Aggregation'), value: name(aggregation.kind) },
    ...(prompt === undefined ? [] : [{ name: phrase('Visual prompt'), value: verbatim(pathName(prompt)) }]),
    ...(method.labelled
      ? [learnedFact(method.labelled), { name: phrase('Seed'), value: name(String(method.labelled.seed)) }]
      : []),
  ]);
  return [
    ...facts,
    ...(head
      ? [
          { name: phrase('Classifier'), value: phrase('{0}: SHA-256 {1}', head.kind, head.sha256) },
          learnedFact(head.learned),
        ]
      : []),
    ...(weighed ? [learnedFact(weighed)] : []),
  ];
}

function learnedFact({ images, validation }: NonNullable<AlignmentDocument['weighed']>): Fact {
  const { accuracy, images: held } = validation;
  return {
    name: phrase('Learned from'),
    value:
      accuracy === null
        ? imageCount(images)
        : phrase(
            '{0}; accuracy {1} on {2} of validation',
            imageCount(images),
            percent(accuracy),
            imageCount(held),
          ),
  };
}

function similarityText({ similarity, encoder }: AlignmentDocument['method']): Text {
  return encoder
    ? phrase('{0}, {1}: SHA-256 {2}', labelName(similarity), labelName(encoder.name), encoder.sha256)
    : name(similarity);
}

function name(text: string): Text {
  return verbatim(labelName(text));
}

/** The command line that gives the same answers. */
export function reproduceSection({ run, isPart }: Reported): Section {
  const line = reproducingLine(run);
  if (line === undefined)
    return {
      heading: phrase('How to reproduce'),
      blocks: [
        {
          kind: 'paragraph',
          text: phrase('The source of this report does not say which alignment was used.'),
        },
      ],
    };
  const blocks: Block[] = [
    { kind: 'paragraph', text: phrase('In a terminal on the machine that has the images:') },
    { kind: 'code', text: line },
    {
      kind: 'paragraph',
      text: phrase(
        'The same images, files and version give the same answers. Cached outputs are not computed again.',
      ),
    },
  ];
  if (isPart)
    blocks.push({
      kind: 'paragraph',
      text: phrase('It classifies all images of the folders. The report shows a part of them.'),
    });
  return { heading: phrase('How to reproduce'), blocks };
}

/** What a reader must not take from the figures. */
export function limitsSection(reported: Reported): Section {
  const { run, facts, isPart } = reported;
  const { accuracy } = measuredOf(reported);
  const { grouped = 0 } = facts.looks ?? {};
  const isSettled = run.settling?.shown === true && run.settling.settled;
  const items: readonly (Text | undefined)[] = [
    accuracy === null
      ? facts.judged > 0
        ? undefined
        : phrase('Accuracy is unknown. To measure it, label images that are drawn at random.')
      : phrase(
          'Accuracy holds for images like these. With other cameras, places or shares of labels it differs.',
        ),
    accuracy === null
      ? undefined
      : phrase(
          'Intervals are 95% Wilson intervals for images that are independent of each other. With series of one object they are too narrow.',
        ),
    accuracy !== null && grouped > 0
      ? plural(
          grouped,
          '{0} image is a near-duplicate of another and makes intervals too narrow.',
          '{0} images are near-duplicates of others and make intervals too narrow.',
        )
      : undefined,
    accuracy === null
      ? undefined
      : phrase('True labels come from folders, tables or people, and some may be wrong.'),
    phrase(
      'Confidence compares the labels with one another. It is not the probability that an answer is right.',
    ),
    run.caution?.none
      ? undefined
      : phrase('Every image gets one of these labels, even if it shows none of them.'),
    isSettled
      ? phrase('Images were settled together: alone or among others, the same image may get another answer.')
      : undefined,
    isPart ? phrase('The report is about a part of the images, which may differ from the rest.') : undefined,
    phrase('The license of the backbone decides how its answers may be used.'),
  ];
  return {
    heading: phrase('What these figures do not say'),
    blocks: [{ kind: 'list', items: items.filter((one) => one !== undefined) }],
  };
}
