import { readCaution } from '../caution/settings.ts';
import { invalidDocument, type SemapError } from '../errors.ts';
import { isSplitName } from '../folders/layout.ts';
import { LOOK, type LooksOfImage } from '../likeness/looks.ts';
import { type AnswerFigures, isAnswerFigures } from '../runs/answerFigures.ts';
import { type DeviceInfo, readSkipped } from '../runs/run.ts';
import { readSettling } from '../runs/settlingRecord.ts';
import { phrase, readText } from '../text/text.ts';
import { type ExportedImage, type ExportedRun, placedBelow } from './exportedRun.ts';

type Json = Readonly<Record<string, unknown>>;

/** What `semap classify --json` or an export as JSON says of an image. */
export interface JsonImage {
  readonly path: string;
  readonly label: string;
  readonly confidence: number;
  readonly data: Json;
}

/** That a file is not what `semap classify --json` prints. */
export function notAnExport(name: string): SemapError {
  return invalidDocument(phrase('{0} has no predictions of SeMap.', name), {
    hint: phrase('Use the output of semap classify --json, or results that were exported as JSON.'),
  });
}

/**
 * An element of `predictions`.
 * @throws {SemapError} `invalid-document`
 */
export function readJsonImage(text: string, name: string): JsonImage {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw invalidDocument(phrase('{0} is not valid JSON.', name), { cause });
  }
  const { path, label, confidence } = (data ?? {}) as Json;
  const whole = typeof path === 'string' && path !== '' && typeof label === 'string' && isShare(confidence);
  if (!whole) throw notAnExport(name);
  return { path, label, confidence, data: data as Json };
}

/** What is gathered of all images before the first of them leaves. */
export class JsonCensus {
  readonly #labels = new Set<string>();
  /** Folders that all images lie below. */
  #common: string | undefined;
  #images = 0;
  #hasSplits = false;
  #hasSaid = false;
  #hasLooks = false;
  readonly #separator: string;

  constructor(separator: string) {
    this.#separator = separator;
  }

  add({ path, label, data }: JsonImage): void {
    this.#images++;
    const answer = data['said'] === undefined ? label : data['answer'];
    for (const one of [answer, data['truth'], data['given']])
      if (typeof one === 'string' && one !== '') this.#labels.add(one);
    this.#hasSaid ||= data['said'] !== undefined;
    this.#hasLooks ||= typeof data['odd'] === 'boolean';
    this.#hasSplits ||= isSplitName(data['split']);
    const folder = path.slice(0, path.lastIndexOf(this.#separator) + 1);
    this.#common = this.#common === undefined ? folder : commonStart(this.#common, folder, this.#separator);
  }

  /** The run that a document is of. @param head the document without its predictions */
  run(head: Json): ExportedRun {
    const { perClass, skipped, seconds, split, time, backbone, device, folders, cancelled, complete } = head;
    const figures = isAnswerFigures(head) ? head : undefined;
    const named = Array.isArray(perClass) && figures ? figures.perClass.map(({ label }) => label) : [];
    const { name } = (backbone ?? {}) as Json;
    const given = Array.isArray(folders) && folders.every((one) => typeof one === 'string') ? folders : [];
    const common = this.#common?.slice(0, -this.#separator.length);
    const { predictions: _, ...rest } = head;
    return {
      labels: [...new Set([...named, ...this.#labels])],
      folders: given.length > 0 ? (given as readonly string[]) : common ? [common] : [],
      backbone: typeof name === 'string' ? name : '',
      alignmentFile: isAbsolute(head['alignment']) ? head['alignment'] : undefined,
      command: commandOf(head['command']),
      time: isTime(time) ? time : undefined,
      images: this.#images,
      complete: complete !== false && cancelled !== true,
      figures,
      device: deviceOf(device),
      seconds: Number.isFinite(seconds) ? (seconds as number) : undefined,
      skipped: Array.isArray(skipped) ? skipped.flatMap(readSkipped) : [],
      split: isSplitName(split) ? split : undefined,
      caution: cautionOf(head['asked']),
      settling: settlingOf(head, figures),
      has: {
        splits: this.#hasSplits,
        settled: head['settled'] !== undefined || head['settling'] !== undefined,
        looks: this.#hasLooks,
        caution: this.#hasSaid || head['caution'] !== undefined || head['asked'] !== undefined,
      },
      head: rest,
    };
  }
}

/** An image as exports see it. */
export function imageOfJson(
  { path, label, confidence, data }: JsonImage,
  { folders, has }: ExportedRun,
  separator: string,
): ExportedImage {
  const said =
    data['said'] === 'kind' || data['said'] === 'none' || data['said'] === 'not sure'
      ? data['said']
      : 'label';
  const text = (key: string) => (typeof data[key] === 'string' ? data[key] : undefined);
  const share = (key: string) => (isShare(data[key]) ? data[key] : undefined);
  const answer = text('answer') ?? label;
  const given = data['given'] === null ? null : text('given');
  const truth = text('truth');
  const beside = (key: string) => ({
    label: text(key) ?? answer,
    confidence: share(`${key}Confidence`) ?? confidence,
  });
  return {
    path,
    ...placedBelow(path, folders, separator),
    // What a person said is what is said.
    ...(given === undefined
      ? { label, said, sense: text('sense') }
      : { label: given ?? '', said: given === null ? ('none' as const) : ('label' as const) }),
    answer,
    confidence,
    truth,
    judged: truth !== undefined && given === undefined,
    given,
    split: isSplitName(data['split']) ? data['split'] : undefined,
    ...(has.settled && { plain: beside('plain'), settled: beside('settled') }),
    fired: firedOf(data['fired']),
    looks: looksOf(data),
  };
}

function firedOf(data: unknown): ExportedImage['fired'] {
  if (!Array.isArray(data)) return undefined;
  return data
    .filter((one) => typeof one?.label === 'string' && isShare(one.share))
    .map(({ label, share }) => ({ label, share }));
}

function looksOf(data: Json): LooksOfImage | undefined {
  const { duplicateGroup, odd, blank, tiny, width, height } = data;
  if (typeof odd !== 'boolean') return undefined;
  const pixels = (size: unknown) => (isCount(size) ? size : 0);
  return {
    group: pixels(duplicateGroup) - 1,
    looks: (odd ? LOOK.odd : 0) | (blank === true ? LOOK.blank : 0) | (tiny === true ? LOOK.tiny : 0),
    width: pixels(width),
    height: pixels(height),
  };
}

function deviceOf(data: unknown): DeviceInfo | undefined {
  const { provider, name, threads, why } = (data ?? {}) as Json;
  if (typeof provider !== 'string' || typeof name !== 'string') return undefined;
  return {
    provider,
    name,
    threads: Number.isSafeInteger(threads) ? (threads as number) : undefined,
    why: readText(why) ?? phrase('Unknown'),
  };
}

/** How images were settled, as `semap classify --json` and exports of results say it, with what they say of accuracy. */
function settlingOf(
  { settled, settling, knownLabels, plainAccuracy }: Json,
  figures: AnswerFigures | undefined,
): ExportedRun['settling'] {
  if (!figures) return undefined;
  const { applied, comparedBy, ...told } = (settled ?? {}) as Json;
  const { learned = 0, held = 0, expected } = (knownLabels ?? {}) as Json;
  const kept = settling as Json | undefined;
  const fields = kept ?? { ...told, shown: applied, settled: applied, kind: comparedBy, mode: 'auto' };
  const accuracy = kept ? kept['plainAccuracy'] : plainAccuracy;
  const plain = { ...figures, accuracy, balancedAccuracy: null, perClass: [], perSplit: undefined };
  const labels = { learned, held, ...(expected !== undefined && { expected }) };
  const record = { ...labels, ...fields, rare: [], frequent: [], measured: figures, plainMeasured: plain };
  try {
    return readSettling(settled === undefined && !kept ? undefined : record, 0);
  } catch {
    return undefined;
  }
}

/** Other sources name the file without its folder. */
function isAbsolute(file: unknown): file is string {
  return typeof file === 'string' && /^(?:\/|\\\\|[A-Za-z]:[\\/])/.test(file);
}

function isTime(time: unknown): time is string {
  return typeof time === 'string' && /^\d{4}-\d\d-\d\dT/.test(time) && !Number.isNaN(Date.parse(time));
}

function commandOf(data: unknown): ExportedRun['command'] {
  const { folder, words } = (data ?? {}) as Json;
  const isWhole =
    isAbsolute(folder) && Array.isArray(words) && words.every((word) => typeof word === 'string');
  return isWhole ? { folder, words } : undefined;
}

/** What was asked, where it is said in known words. */
function cautionOf(data: unknown): ExportedRun['caution'] {
  try {
    return readCaution(data);
  } catch {
    return undefined;
  }
}

/** The folders that two have in common, with the separator at the end. */
function commonStart(a: string, b: string, separator: string): string {
  if (b.startsWith(a)) return a;
  let end = 0;
  for (let i = 0; i < Math.min(a.length, b.length) && a[i] === b[i]; i++) if (a[i] === separator) end = i + 1;
  return a.slice(0, end);
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

/** A number of pixels or a group: above 0, and within what tables hold. */
function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) < 2 ** 31;
}
