import { cosineKinds } from '../encoders/similarityChoice.ts';
import { labelDetails } from '../encoders/templates.ts';
import { invalidDocument, SemapError } from '../errors.ts';
import { splitNames } from '../folders/layout.ts';
import { jsonEdits, type TextEdit } from '../json/jsonEdits.ts';
import { LONGEST_LABEL } from '../labels/labelEntry.ts';
import { roleKinds } from '../labels/labelRole.ts';
import { offeredAggregations } from '../mapping/mapping.ts';
import { methodNames } from '../mapping/methods.ts';
import {
  ACCURACY,
  ALPHA,
  BIAS,
  isWithinRange,
  OFFSET,
  outOfRange,
  type Range,
  weightRange,
} from '../mapping/ranges.ts';
import { listed, phrase, type Text, type TextValue } from '../text/text.ts';
import {
  ALIGNMENT_VERSION,
  type AlignmentDocument,
  headKinds,
  type LearnedRecord,
  labelMatches,
} from './alignment.ts';
import { recallOfMark } from './expectedQuality.ts';

/**
 * Reads the text of a `*.semap.json` file. Fields that this version does not know are kept.
 * @throws {SemapError} `invalid-document` when it is no alignment, naming the place; `newer-document` when a newer
 * version of SeMap wrote it.
 */
export function parseAlignment(text: string): AlignmentDocument {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw notJson(error);
  }
  if (depthExceeds(value, DEEPEST)) fail(phrase('it is nested more than {0} levels deep', DEEPEST));
  const document = record(value, phrase('the document'));
  optional(document, '$schema', '', string);
  const version = number(document, 'version', '');
  if (!Number.isInteger(version) || version < 1)
    fail(phrase('{0} must be a whole number of at least {1}', '"version"', 1));
  if (version > ALIGNMENT_VERSION) {
    throw new SemapError(
      'newer-document',
      phrase('The alignment has version {0}; this SeMap reads up to {1}.', version, ALIGNMENT_VERSION),
      { hint: phrase('Update SeMap to open it.') },
    );
  }
  const sourceCount = checkBackbone(document, '');
  optional(document, 'folders', '', texts);
  if (document['expectations'] !== undefined) checkExpectations(document['expectations']);
  checkMethod(document, '');
  checkAnswering(document, '');
  optional(document, 'weighed', '', () => checkLearned(record(document['weighed'], '"weighed"'), 'weighed.'));
  checkExcluded(document, '', sourceCount);
  const aggregation = checkAggregation(document, '');
  const targets = list(document['targets'], '"targets"');
  for (const [t, entry] of targets.entries())
    checkTarget(entry, `targets[${t}]`, sourceCount, aggregation.weights);
  checkBias(aggregation, targets, '');
  if (document['members'] === undefined)
    return { ...document, ...aggregation.known } as unknown as AlignmentDocument;
  const further = list(document['members'], '"members"');
  if (further.length > MOST_MEMBERS)
    fail(phrase('{0} has {1} entries; the limit is {2}', '"members"', further.length, MOST_MEMBERS));
  const members = further.map((entry, m) => checkMember(entry, `members[${m}]`));
  return { ...document, ...aggregation.known, members } as unknown as AlignmentDocument;
}

/** What it promises: what the texts say is read where they are tested, so that a slip in one keeps nobody from the rest. */
function checkExpectations(value: unknown): void {
  let total = 0;
  for (const [i, entry] of list(value, '"expectations"').entries()) {
    total += typeof entry === 'string' ? 1 : 0;
    if (typeof entry === 'string') continue;
    const at = `expectations[${i}].`;
    const group = record(entry, `expectations[${i}]`);
    texts(group, 'expect', at);
    total += (group['expect'] as readonly string[]).length;
    for (const key of ['folder', 'layout']) optional(group, key, at, string);
    optional(group, 'split', at, (fields, key) => oneOf(fields, key, at, splitNames));
    optional(group, 'settled', at, boolean);
  }
  if (total > MOST_EXPECTATIONS)
    fail(phrase('{0} has {1} entries; the limit is {2}', '"expectations"', total, MOST_EXPECTATIONS));
}

/** A further backbone, read. */
function checkMember(entry: unknown, place: string): Fields {
  const member = record(entry, place);
  const at = `${place}.`;
  const sourceCount = checkBackbone(member, at);
  if (member['method'] !== undefined) checkMethod(member, at);
  checkAnswering(member, at);
  checkExcluded(member, at, sourceCount);
  const aggregation = checkAggregation(member, at);
  const targets = list(member['targets'], `"${at}targets"`);
  for (const [t, target] of targets.entries())
    checkScored(target, `${at}targets[${t}]`, sourceCount, aggregation.weights);
  checkBias(aggregation, targets, at);
  return { ...member, ...aggregation.known };
}

function checkExcluded(fields: Fields, at: string, sourceCount: number): void {
  if (fields['excluded'] === undefined) return;
  list(fields['excluded'], `"${at}excluded"`).forEach((entry, i) => {
    const place = `${at}excluded[${i}]`;
    const source = record(entry, place);
    string(source, 'label', `${place}.`);
    optional(source, 'wnid', `${place}.`, string);
    sourceIndex(source, place, sourceCount);
  });
}

/** The backbone of a document or member. @returns how many source labels it has */
function checkBackbone(fields: Fields, at: string): number {
  const backbone = record(fields['backbone'], `"${at}backbone"`);
  for (const key of ['name', 'sha256', 'labelSpace']) string(backbone, key, `${at}backbone.`);
  optional(backbone, 'path', `${at}backbone.`, string);
  const sourceCount = number(backbone, 'sourceCount', `${at}backbone.`);
  if (backbone['texts'] !== undefined)
    checkTexts(record(backbone['texts'], `"${at}backbone.texts"`), `${at}backbone.texts.`);
  if (!Number.isInteger(sourceCount) || sourceCount < 1 || sourceCount > MOST_SOURCES) {
    fail(
      phrase('{0} must be a whole number from {1} to {2}', `"${at}backbone.sourceCount"`, 1, MOST_SOURCES),
    );
  }
  return sourceCount;
}

/** What the text tower of a dual encoder is asked. */
function checkTexts(fields: Fields, at: string): void {
  string(fields, 'encoder', at);
  for (const key of ['templates', 'labels']) texts(fields, key, at);
}

function checkMethod(fields: Fields, before: string): void {
  const at = `${before}method.`;
  const method = record(fields['method'], `"${before}method"`);
  oneOf(method, 'name', at, methodNames);
  string(method, 'similarity', at);
  if (method['encoder'] !== undefined) checkEncoder(record(method['encoder'], `"${at}encoder"`), at);
  optional(method, 'k', at, positive);
  optional(method, 'seed', at, whole);
  optional(method, 'shared', at, boolean);
  if (method['labelled'] === undefined) return;
  const labelled = record(method['labelled'], `"${at}labelled"`);
  optional(labelled, 'perClass', `${at}labelled.`, positive);
  optional(labelled, 'seed', `${at}labelled.`, whole);
  checkLearned(labelled, `${at}labelled.`);
}

/** What a document or member answers with beside its mapping. */
function checkAnswering(fields: Fields, at: string): void {
  optional(fields, 'prompt', at, string);
  optional(fields, 'weight', at, (_, key) => within(fields, key, at, MEMBER_WEIGHT));
  if (fields['head'] === undefined) return;
  const head = record(fields['head'], `"${at}head"`);
  oneOf(head, 'kind', `${at}head.`, headKinds);
  for (const key of ['file', 'sha256']) string(head, key, `${at}head.`);
  checkLearned(record(head['learned'], `"${at}head.learned"`), `${at}head.learned.`);
}

interface ReadAggregation {
  readonly fields: Fields;
  readonly kind: string;
  readonly weights: Range;
  /** The aggregation as it is known today, where it was written otherwise. */
  readonly known: Fields;
}

function checkAggregation(fields: Fields, at: string): ReadAggregation {
  const aggregation = record(fields['aggregation'], `"${at}aggregation"`);
  const written = oneOf(
    aggregation,
    'kind',
    `${at}aggregation.`,
    aggregationKinds,
  ) as (typeof aggregationKinds)[number];
  const kind = written === 'weighted' ? 'log-mean-exp' : written;
  if (written === 'log-mean-exp') within(aggregation, 'alpha', `${at}aggregation.`, ALPHA);
  if (kind === 'conse') positive(aggregation, 'top', `${at}aggregation.`);
  return {
    fields: aggregation,
    kind,
    // Cosines and learned weights may be negative.
    weights: weightRange({ kind }),
    known: written === 'weighted' ? { aggregation: { ...aggregation, kind, alpha: 1 } } : {},
  };
}

function checkBias({ fields, kind }: ReadAggregation, targets: readonly unknown[], at: string): void {
  if (kind !== 'linear') return;
  const bias = list(fields['bias'], `"${at}aggregation.bias"`);
  if (bias.length !== targets.length)
    fail(
      phrase('{0} must be a list of {1} numbers, one per target', `"${at}aggregation.bias"`, targets.length),
    );
  for (const [t, value] of bias.entries())
    if (!isWithinRange(value, BIAS)) fail(outOfRange(`${at}aggregation.bias[${t}]`, value, BIAS));
}

/** Levels of lists and objects; an alignment has seven, the rest is for fields of others. */
const DEEPEST = 100;

/** Whether lists and objects are nested more than `levels` deep. Level by level: a call in a call would end the program. */
function depthExceeds(value: unknown, levels: number): boolean {
  let level = [value];
  for (let depth = 0; depth <= levels; depth++) {
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue;
      for (const inner of Object.values(one)) if (typeof inner === 'object') next.push(inner);
    }
    if (next.length === 0) return false;
    level = next;
  }
  return true;
}

function notJson(cause: unknown): SemapError {
  return invalidDocument(phrase('The alignment is not valid JSON: {0}.', (cause as Error).message), {
    hint: phrase('Open it as text and fix it, or undo the last change.'),
    cause,
  });
}

/** More labels than any classifier has. */
const MOST_SOURCES = 10_000_000;
/** Each of them is loaded when it is used. */
const MOST_MEMBERS = 100;
/** Two for each label of ImageNet; every one is a row of a list. */
const MOST_EXPECTATIONS = 2000;
const SIMILARITY: Range = { from: -1e6, to: 1e6 };
const MEMBER_WEIGHT: Range = { from: 1e-6, to: 1e6 };

/** `weighted` is what earlier versions wrote for log-mean-exp with alpha 1. */
const aggregationKinds = [...offeredAggregations, 'weighted', 'conse', 'linear'] as const;

function checkEncoder(encoder: Fields, before: string): void {
  const at = `${before}encoder.`;
  for (const key of ['name', 'sha256']) string(encoder, key, at);
  texts(encoder, 'templates', at);
  oneOf(encoder, 'detail', at, labelDetails);
  oneOf(encoder, 'cosine', at, cosineKinds);
}

/** What was learned from labelled images, as another file has it. @throws {SemapError} `invalid-document` */
export function readLearned(value: unknown): LearnedRecord {
  const learned = record(value, '"learned"');
  checkLearned(learned, 'learned.');
  return learned as unknown as LearnedRecord;
}

function checkLearned(labelled: Fields, at: string): void {
  for (const key of ['images', 'found']) optional(labelled, key, at, count);
  optional(labelled, 'unmatched', at, texts);
  optional(labelled, 'learned', at, string);
  if (labelled['splits'] !== undefined) {
    const splits = record(labelled['splits'], `"${at}splits"`);
    for (const key of ['learned', 'measured']) oneOf(splits, key, `${at}splits.`, splitNames);
  }
  if (labelled['validation'] === undefined) return;
  const validation = record(labelled['validation'], `"${at}validation"`);
  optional(validation, 'images', `${at}validation.`, count);
  if (validation['accuracy'] !== null) optional(validation, 'accuracy', `${at}validation.`, share);
}

/** The document as text: two-space JSON with every source on its own line, so that a diff shows what changed. */
export function serialiseAlignment(document: AlignmentDocument): string {
  return `${print(document, '')}\n`;
}

/**
 * The fewest edits that make the text of an alignment say `next`: unknown fields, blanks and the order of fields stay.
 * @throws {SemapError} `invalid-document` when the text is no JSON
 */
export function alignmentTextEdits(text: string, next: AlignmentDocument): TextEdit[] {
  try {
    return jsonEdits(text, next, { identity: nameOfElement, oneLine: standsOnOneLine });
  } catch (error) {
    throw notJson(error);
  }
}

/** Sources are known by their index, targets by their label. */
function nameOfElement(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('index' in value) return `source ${String(value.index)}`;
  return 'label' in value ? `target ${String(value.label)}` : undefined;
}

function standsOnOneLine(value: object): boolean {
  return (
    'index' in value && Object.values(value).every((field) => typeof field !== 'object' || field === null)
  );
}

function print(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => inner + print(item, inner)).join(',\n')}\n${indent}]`;
  }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const oneLine = standsOnOneLine(value);
  if (fields.length === 0) return '{}';
  const lines = fields.map(([key, field]) => `${JSON.stringify(key)}: ${print(field, inner)}`);
  return oneLine
    ? `{ ${lines.join(', ')} }`
    : `{\n${lines.map((line) => inner + line).join(',\n')}\n${indent}}`;
}

function checkTarget(entry: unknown, at: string, sourceCount: number, weights: Range): void {
  const target = checkScored(entry, at, sourceCount, weights);
  for (const key of ['hint', 'sense', 'gloss', 'learnedAs']) optional(target, key, `${at}.`, string);
  optional(target, 'pinned', `${at}.`, boolean);
  oneOf(target, 'expected', `${at}.`, Object.keys(recallOfMark));
  optional(target, 'expectedRecall', `${at}.`, share);
  if (target['role'] !== undefined) checkRole(record(target['role'], `"${at}.role"`), `${at}.role.`);
  optional(target, 'match', `${at}.`, (fields, key, place) => oneOf(fields, key, place, labelMatches));
  if (target['measured'] !== undefined) {
    const measured = record(target['measured'], `${at}.measured`);
    optional(measured, 'recall', `${at}.measured.`, share);
    optional(measured, 'images', `${at}.measured.`, count);
  }
}

function checkRole(role: Fields, at: string): void {
  const kind = oneOf(role, 'kind', at, roleKinds);
  if (kind === 'not') texts(role, 'labels', at);
  if (kind === 'rest') optional(role, 'of', at, string);
  if (kind === 'unclear') string(role, 'not', at);
  if (kind === 'with') for (const key of ['head', 'context']) string(role, key, at);
}

/** What of a target the score is made of. */
function checkScored(entry: unknown, at: string, sourceCount: number, weights: Range): Fields {
  const target = record(entry, at);
  const label = string(target, 'label', `${at}.`);
  if (label.trim() === '') fail(phrase('{0} is blank', `${at}.label`));
  if ([...label].length > LONGEST_LABEL)
    fail(phrase('{0} has {1} characters; the limit is {2}', `${at}.label`, label.length, LONGEST_LABEL));
  optional(target, 'offset', `${at}.`, (fields, key, place) => within(fields, key, place, OFFSET));
  optional(target, 'weight', `${at}.`, (fields, key, place) => within(fields, key, place, MEMBER_WEIGHT));
  list(target['sources'], `${at}.sources`).forEach((item, i) => {
    const place = `${at}.sources[${i}]`;
    const source = record(item, place);
    string(source, 'label', `${place}.`);
    optional(source, 'wnid', `${place}.`, string);
    sourceIndex(source, place, sourceCount);
    within(source, 'weight', `${place}.`, weights);
    within(source, 'similarity', `${place}.`, SIMILARITY);
    optional(source, 'wordnet', `${place}.`, (fields, key, at) => within(fields, key, at, SIMILARITY));
    optional(source, 'kind', `${place}.`, boolean);
  });
  return target;
}

function sourceIndex(source: Fields, place: string, sourceCount: number): void {
  const index = number(source, 'index', `${place}.`);
  if (!Number.isInteger(index) || index < 0 || index >= sourceCount) {
    fail(
      phrase(
        '{0} is {1}; it must be a whole number from {2} to {3}',
        `${place}.index`,
        String(index),
        0,
        sourceCount - 1,
      ),
    );
  }
}

type Fields = Readonly<Record<string, unknown>>;

function fail(what: Text): never {
  throw invalidDocument(phrase('Cannot use the alignment: {0}.', what), {
    hint: phrase('Fix it as text, or align again.'),
  });
}

function record(value: unknown, at: TextValue): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    fail(phrase('{0} must be an object', at));
  return value as Fields;
}

function list(value: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(value)) fail(phrase('{0} must be a list', at));
  return value;
}

function string(fields: Fields, key: string, at: string): string {
  const value = fields[key];
  if (typeof value !== 'string') fail(phrase('{0} must be a string', at + key));
  return value;
}

function texts(fields: Fields, key: string, at: string): void {
  list(fields[key], `"${at}${key}"`).forEach((text, i) => {
    if (typeof text !== 'string') fail(phrase('{0} must be a string', `${at}${key}[${i}]`));
  });
}

function number(fields: Fields, key: string, at: string): number {
  const value = fields[key];
  // JSON has numbers beyond all: 1e999.
  if (typeof value !== 'number' || !Number.isFinite(value))
    fail(
      typeof value === 'number'
        ? phrase('{0} must be a number, not {1}', at + key, String(value))
        : phrase('{0} must be a number', at + key),
    );
  return value;
}

function within(fields: Fields, key: string, at: string, range: Range): void {
  const value = number(fields, key, at);
  if (!isWithinRange(value, range)) fail(outOfRange(`${at}${key}`, value, range));
}

function whole(fields: Fields, key: string, at: string): number {
  const value = number(fields, key, at);
  if (!Number.isSafeInteger(value))
    fail(phrase('{0} is {1}; it must be a whole number', at + key, String(value)));
  return value;
}

function count(fields: Fields, key: string, at: string): void {
  if (whole(fields, key, at) < 0) fail(phrase('{0} must be a whole number of at least {1}', at + key, 0));
}

function positive(fields: Fields, key: string, at: string): void {
  if (whole(fields, key, at) < 1) fail(phrase('{0} must be a whole number of at least {1}', at + key, 1));
}

function share(fields: Fields, key: string, at: string): void {
  within(fields, key, at, ACCURACY);
}

function boolean(fields: Fields, key: string, at: string): void {
  if (typeof fields[key] !== 'boolean') fail(phrase('{0} must be true or false', at + key));
}

function oneOf(fields: Fields, key: string, at: string, allowed: readonly string[]): string {
  const value = string(fields, key, at);
  if (!allowed.includes(value))
    fail(phrase('{0} is "{1}"; it must be one of {2}', at + key, value, listed(allowed)));
  return value;
}

function optional(
  fields: Fields,
  key: string,
  at: string,
  check: (fields: Fields, key: string, at: string) => unknown,
): void {
  if (fields[key] !== undefined) check(fields, key, at);
}
