import { fileSize } from '../../src/core/text/numbers.ts';
import type { BackboneDetails, ModelFileOutline, ModelReport } from '../../src/protocol/backbones.ts';
import type { ModelState } from '../../src/protocol/modelView.ts';
import { type Child, element, label, table } from '../common/element.ts';
import { BETWEEN, count, plural, say, t } from '../common/language.ts';
import {
  originOf,
  outputWords,
  parametersText,
  placingWords,
  promptWords,
  scalingWords,
  shapeText,
  variableWords,
} from './words.ts';

type Shown = Extract<ModelState, { readonly kind: 'model' }>;
type Fact = readonly [name: string, ...value: Child[]];

/** Labels that are named before the others are counted. */
const FEW_LABELS = 8;
/** Inputs and outputs that are listed before the others are counted. */
const MOST_VALUES = 50;
/** Nodes that stop a gradient, of which as many are named. */
const MOST_NODES = 10;

/** What it answers and how it is fed, as a classifier. */
export function classifierFacts({ report, check }: Shown): HTMLElement | undefined {
  if (!report?.inspection) return undefined;
  const { inspection, input } = report;
  const details = report.details ?? (check.kind === 'done' ? check.details : undefined);
  const milliseconds = check.kind === 'done' ? check.milliseconds : undefined;
  const output = outputWords(inspection.known.output ?? inspection.output);
  return facts(t('As a Classifier'), 'model-classifier', [
    [t('Labels'), ...labelNodes(report)],
    [t('Image size'), variableWords(inspection.input)],
    ...(input
      ? ([
          [t('Resizing'), placingWords(input.preprocessing), said(report, 'size')],
          [t('Scaling'), scalingWords(input.preprocessing), said(report, 'scaling')],
        ] as const)
      : ([[t('Preprocessing'), ...preprocessingGuess(report)]] as const)),
    [t('Scores'), output ?? afterCheck(), output === undefined ? undefined : said(report, 'output')],
    [t('Visual prompts'), promptWords(details) ?? afterCheck(), blockerList(details)],
    ...(milliseconds === undefined
      ? []
      : ([[t('Speed'), t('{0} ms per image on one thread', milliseconds.toFixed(1))]] as const)),
    [t('License'), ...(report.licence === undefined ? [notStated()] : [label(report.licence)])],
    // Of one source, once; of several, each where it says something.
    ...(report.origins.length === 1
      ? ([[t('Described by'), label(say(report.origins[0].from))]] as const)
      : []),
  ]);
}

function labelNodes(report: ModelReport): Child[] {
  const { labels, inspection } = report;
  if (inspection?.known.text) return [t('Any: a text encoder reads them')];
  if (labels) {
    const { first, count: all } = labels;
    const some = first.slice(0, FEW_LABELS);
    return [
      element('span', { class: 'number' }, count(all)),
      ': ',
      label(some.join(', ')),
      all > some.length ? ` ${t('and {0} more', all - some.length)}` : undefined,
      said(report, 'labels'),
    ];
  }
  const why = inspection?.reasons.labels;
  const guess = inspection?.suggested.labels;
  return [
    notStated(),
    guess === undefined
      ? undefined
      : element(
          'span',
          {},
          BETWEEN,
          t('Likely: {0}.', typeof guess === 'string' ? guess : guess.slice(0, 3).join(', ')),
        ),
    why && quiet(BETWEEN + say(why)),
  ];
}

function preprocessingGuess({ inspection }: ModelReport): Child[] {
  const { scaling, channels } = inspection?.reasons ?? {};
  return [notStated(), ...[scaling, channels].map((why) => why && quiet(BETWEEN + say(why)))];
}

function blockerList(details: BackboneDetails | undefined): HTMLElement | undefined {
  const blockers = details?.blockers ?? [];
  if (blockers.length === 0) return undefined;
  const rows = blockers
    .slice(0, MOST_NODES)
    .map(({ op, node, why }) =>
      element('li', {}, label(op), ' ', label(node, 'label quiet'), why && quiet(` ${say(why)}`)),
    );
  const rest = blockers.length - rows.length;
  return element(
    'ul',
    { class: 'blockers', 'data-testid': 'model-blockers' },
    ...rows,
    rest > 0 ? element('li', {}, t('and {0} more', rest)) : undefined,
  );
}

/** What goes into the graph, and what comes out. */
export function valueTable({ inputs, outputs, values: all }: ModelFileOutline): HTMLElement {
  const values = [
    ...inputs.map((value) => [t('Input'), value] as const),
    ...outputs.map((value) => [t('Output'), value] as const),
  ];
  const rows = values
    .slice(0, MOST_VALUES)
    .map(([role, value]) =>
      element(
        'tr',
        {},
        element('td', { class: 'quiet role' }, role),
        element('th', { scope: 'row' }, label(value.name)),
        element('td', {}, value.type),
        element('td', { class: 'number' }, label(shapeText(value))),
      ),
    );
  const rest = all - rows.length;
  return element(
    'section',
    { 'data-testid': 'model-values' },
    element('h2', {}, t('Inputs and Outputs')),
    element(
      'div',
      { class: 'table-scroller' },
      table({}, [element('td', {}), t('Name'), t('Type'), t('Shape')], rows),
    ),
    rest > 0 ? element('p', { class: 'quiet' }, t('and {0} more', rest)) : undefined,
  );
}

/** What is in the file. */
export function fileFacts({ outline, report }: Shown): HTMLElement {
  const { bytes, weightFiles, parameters, weightTypes, producer, irVersion, opsets, doc, nodes } = outline;
  const stored = weightTypes.map(({ type }) => type).join(', ');
  const used = usedSets(outline);
  const sets = used.map(({ domain, version }) => `${domain} ${version}`).join(', ');
  const rest = opsets.length - used.length;
  return facts(t('File'), 'model-file', [
    [t('Parameters'), parametersText(parameters), stored === '' ? undefined : quiet(` (${stored})`)],
    [t('Size'), say(fileSize(bytes)), ...weightFiles.map((one) => weightsOf(one))],
    [t('Graph'), plural(nodes, '{0} operator', '{0} operators')],
    [
      t('Operator sets'),
      sets === '' ? notStated() : label(t('{0}; file format {1}', sets, irVersion)),
      rest > 0 ? quiet(` ${t('({0} more, not used)', rest)}`) : undefined,
    ],
    [t('Exported by'), producer === '' ? notStated() : label(producer)],
    ...(doc === '' ? [] : ([[t('Note'), label(doc)]] as const)),
    ...(report ? ([[t('SHA-256'), element('code', {}, label(report.sha256))]] as const) : []),
  ]);
}

/** Exporters list all that they know; these are of the operators that there are. */
function usedSets({ opsets, operators }: ModelFileOutline): ModelFileOutline['opsets'] {
  return opsets.filter(
    ({ domain }, at) => at === 0 || operators.some(({ op }) => op.startsWith(`${domain}.`)),
  );
}

function weightsOf({ name, bytes }: ModelFileOutline['weightFiles'][number]): HTMLElement {
  const size = bytes === null ? t('missing') : say(fileSize(bytes));
  return element('div', {}, label(name), quiet(` (${size})`));
}

/** Key and value pairs that the file holds. */
export function metadataTable({ metadata }: ModelFileOutline): HTMLElement | undefined {
  if (metadata.length === 0) return undefined;
  return facts(
    t('Metadata'),
    'model-metadata',
    metadata.map(({ key, value }): Fact => [key, label(value)]),
  );
}

function facts(title: string, testId: string, rows: readonly Fact[]): HTMLElement {
  return element(
    'section',
    { 'data-testid': testId },
    element('h2', {}, title),
    element(
      'dl',
      { class: 'facts' },
      ...rows.flatMap(([name, ...value]) => [element('dt', {}, label(name)), element('dd', {}, ...value)]),
    ),
  );
}

function said(report: ModelReport, part: Parameters<typeof originOf>[1]): HTMLElement | undefined {
  const from = report.origins.length > 1 ? originOf(report, part) : undefined;
  return from === undefined ? undefined : quiet(` ${t('(from {0})', from)}`);
}

function notStated(): HTMLElement {
  return element('span', { class: 'quiet' }, t('Not stated.'));
}

function afterCheck(): HTMLElement {
  return element('span', { class: 'quiet' }, t('Not checked yet.'));
}

function quiet(text: string): HTMLElement {
  return element('span', { class: 'quiet' }, text);
}
