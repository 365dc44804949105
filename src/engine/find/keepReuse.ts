import { createHash } from 'node:crypto';
import path from 'node:path';
import { learnLabels } from '../../core/alignments/alignLabels.ts';
import { type AlignmentDocument, type LearnedRecord, withHead } from '../../core/alignments/alignment.ts';
import { parseAlignment } from '../../core/alignments/alignmentText.ts';
import { withPaths } from '../../core/alignments/documentPaths.ts';
import { errorOf, SemapError, toSemapError } from '../../core/errors.ts';
import type { FindPoint, FindRecord } from '../../core/find/findRecord.ts';
import { type FindWay, findWays } from '../../core/find/findWays.ts';
import type { FileBeside } from '../../core/find/keptFiles.ts';
import { perClassOf, type SearchImage } from '../../core/find/parts.ts';
import { encodeHead } from '../../core/heads/headFile.ts';
import type { LabelledOutputs } from '../../core/mapping/labelledOutputs.ts';
import { learnedKey } from '../../core/mapping/labelledOutputs.ts';
import { isLearned, type LearnedMethod } from '../../core/mapping/methods.ts';
import { storedShare } from '../../core/metrics/storedShare.ts';
import type { ReusedBackbone } from '../../core/reuse/reuse.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import { readOfRun } from '../../files/runFolders.ts';
import type { FindActivity, KeptReuse } from '../../protocol/find.ts';
import type { CallContext } from '../../protocol/rpc.ts';
import { joinedBackbone } from '../backbones/joinedBackbone.ts';
import { Thread } from '../threads/thread.ts';
import {
  anotherBackbone,
  type FindServices,
  findBackbones,
  runImages,
  type UsableBackbone,
} from './findBackbones.ts';
import { readFindRecord } from './findFiles.ts';
import { allImages } from './findImages.ts';
import type { FindWorkerApi } from './findWorker.ts';

const LARGEST_FILE = 256 << 20;
const REPORT_MILLISECONDS = 250;

/**
 * A point of a search as an alignment document: learned again from all labeled images of the folders, those that were held
 * out too. What it is worth is what the search measured. A trained prompt is taken as it was trained.
 * @throws {SemapError} `not-found` for a point that there is not; what learning throws
 */
export async function keepReuse(
  runFolder: string,
  id: string,
  services: FindServices,
  { signal, report }: CallContext<FindActivity>,
): Promise<KeptReuse> {
  const record = await readFindRecord(runFolder);
  const point = record.points.find((one) => one.id === id);
  if (!point) throw noSuchPoint(id);
  if (point.problem) throw errorOf(point.problem);
  if (point.training !== undefined) return keptTraining(path.join(runFolder, point.training));
  const files = point.backbones.map((one) => one.path);
  const { usable, failed } = await findBackbones({ ...record.params, backbones: files }, services, signal);
  const [missing] = failed;
  if (missing) throw errorOf(missing.problem);
  const members = point.backbones.map((found) => sameBackbone(found, usable));
  const { targets } = record.params;
  const [first, ...beside] = files;
  const asked = { targets, backbone: first, ...(beside.length > 0 && { beside }), method: 'semap' as const };
  const plain = await services.align(asked, signal);
  const find = findWays.find((way) => isWay(way, point));
  if (!find) throw noSuchPoint(id);
  if (find.way.scores === 'semap') return { document: plain, heads: [], prompts: [] };
  return learned(find, { record, point, members, plain, services, signal, report });
}

function noSuchPoint(id: string): SemapError {
  return new SemapError('not-found', phrase('The search has no point {0}.', id));
}

/** The backbone that a point was measured with. @throws {SemapError} `not-found` where another stands in its place */
function sameBackbone(tried: ReusedBackbone, usable: readonly UsableBackbone[]): UsableBackbone {
  const found = usable.find((one) => one.path === tried.path);
  if (found?.sha256 !== tried.sha256) throw anotherBackbone(tried);
  return found;
}

/** Whether a point was made so; settling that learned from labels is another way than settling without. */
function isWay({ way, least }: FindWay, { way: own, cost }: FindPoint): boolean {
  if (own.scores !== way.scores || own.settled !== way.settled) return false;
  return !way.settled || least > 0 === cost.labels > 0;
}

interface Learning {
  readonly record: FindRecord;
  readonly point: FindPoint;
  readonly members: readonly UsableBackbone[];
  /** Aligned by meaning. */
  readonly plain: AlignmentDocument;
  readonly services: FindServices;
  readonly signal: AbortSignal;
  readonly report: (activity: FindActivity) => void;
}

async function learned(
  find: FindWay,
  { record, point, members, plain, services, signal, report }: Learning,
): Promise<KeptReuse> {
  const images = await allImages(record.params, services, signal);
  const thread = new Thread<FindWorkerApi>('find/findWorker');
  try {
    const rowsOf: ReadonlyMap<number, number>[] = [];
    for (const member of members) {
      const run = await runImages(services, member, images, [...images.keys()], {
        onDone: running(member.name, report),
        onSkipped: () => {},
        signal,
      });
      rowsOf.push(new Map(run.places.map((place, row) => [place, row])));
      await thread.call('load', { key: member.key, outputs: run.outputs });
    }
    // What every backbone could read.
    const places = [...rowsOf[0].keys()].filter((at) => rowsOf.every((rowOf) => rowOf.has(at)));
    const [{ key: first }] = members;
    const key = members.length > 1 ? 'joined' : first;
    if (members.length > 1) {
      const joined = members.map((member, i) => ({
        key: member.key,
        rows: Int32Array.from(places, (at) => rowsOf[i].get(at)!),
      }));
      await thread.call('join', { key, members: joined });
    }
    const rows = [...places.keys()].filter((row) => images[places[row]].truth >= 0);
    const taught = find.least === 0 ? [] : rows;
    const learn = {
      images: Int32Array.from(taught),
      targets: Int32Array.from(taught, (row) => images[places[row]].truth),
    };
    const learnedFrom = taught.map((row) => images[places[row]]);
    const about = aboutLearned(point, learnedFrom, images.length);
    const { scores } = find.way;
    report({ what: phrase('learning from the labels'), done: 0, total: 0 });
    if (scores !== 'mixture' && scores !== 'prototypes' && scores !== 'linear-probe') {
      const document = await learnedDocument(scores as LearnedMethod, members[0], learnedFrom, {
        record,
        services,
        about,
        signal,
      });
      return { document, heads: [], prompts: [] };
    }
    const head = await thread.call('head', { key, find, learn }, { signal });
    if (!head) return { document: plain, heads: [], prompts: [] };
    const bytes = encodeHead({
      kind: head.kind,
      backbone: joinedBackbone(members.map(({ prepared }) => prepared.backbone)).sha256,
      prompt: '',
      targets: plain.targets.map(({ label }) => label),
      terms: head.terms,
      learned: about,
    });
    const file = `${head.kind}.head.safetensors`;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return {
      document: withHead(plain, { kind: head.kind, file, sha256, learned: about }),
      heads: [{ file, bytes }],
      prompts: [],
    };
  } finally {
    await thread.close();
  }
}

/** Tells how far a backbone is with the images, now and then. */
function running(backbone: string, report: Learning['report']): (done: number, total: number) => void {
  const what = phrase('running {0} on the images', backbone);
  let reported = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const now = performance.now();
    if (now - reported < REPORT_MILLISECONDS && done < total) return;
    reported = now;
    report({ what, done, total });
  };
}

/** What the document says of how it was learned; its accuracy is what the search measured of this way. */
function aboutLearned({ figure }: FindPoint, images: readonly SearchImage[], found: number): LearnedRecord {
  const isMeasured = figure !== null && figure.by !== 'expected' && figure.by !== 'validation';
  return {
    images: images.length,
    found,
    validation: {
      images: isMeasured ? figure.images : 0,
      accuracy: isMeasured ? storedShare(figure.value) : null,
    },
    learned: images
      .map(({ key }) => learnedKey(key))
      .sort()
      .join(' '),
  };
}

/** An alignment by a mapping that is learned from images. */
async function learnedDocument(
  method: LearnedMethod,
  { prepared, path: file }: UsableBackbone,
  images: readonly SearchImage[],
  {
    record,
    services,
    about,
    signal,
  }: Pick<Learning, 'record' | 'services' | 'signal'> & { readonly about: LearnedRecord },
): Promise<AlignmentDocument> {
  if (!isLearned(method)) throw new SemapError('internal', phrase('Unknown mapping "{0}".', method));
  const { backbone } = prepared;
  const { targets } = record.params;
  const comparison = await services.compare(targets, backbone.labelSpace);
  const run = await runImages(services, { prepared } as UsableBackbone, images, [...images.keys()], {
    onDone: () => {},
    onSkipped: () => {},
    signal,
  });
  const outputs = (logits: Float32Array, truths: readonly number[]): LabelledOutputs => ({
    logits,
    truths,
    sourceCount: backbone.labelSpace.labels.length,
    targetCount: targets.length,
  });
  const truths = run.places.map((at) => images[at].truth);
  const perClass = Math.max(1, ...perClassOf(images, run.places, targets.length));
  const document = await learnLabels(
    { targets, method },
    backbone,
    (await services.backbones.isInstalled(file)) ? undefined : file,
    { comparison, wordnet: comparison, adaptive: {} },
    {
      learn: outputs(run.outputs.logits, truths),
      measure: outputs(new Float32Array(0), []),
      learned: run.places.map((at) => images[at].key),
      perClass,
      seed: 0,
      found: about.found ?? images.length,
      unmatched: [],
    },
    { signal },
  );
  const { labelled } = document.method;
  return labelled
    ? { ...document, method: { ...document.method, labelled: { ...labelled, ...about } } }
    : document;
}

/** What a training wrote, by the names that its document has for it. */
async function keptTraining(runFolder: string): Promise<KeptReuse> {
  const document = parseAlignment(String(await readOfTraining(runFolder, RUN_FILES.alignment)));
  const heads: FileBeside[] = [];
  const prompts: FileBeside[] = [];
  const named: { readonly file: string; readonly what: string }[] = [];
  withPaths(document, (file, what) => {
    named.push({ file, what });
    return file;
  });
  for (const { file, what } of named) {
    const into = what === 'head' ? heads : what === 'prompt' ? prompts : undefined;
    if (!into || into.some((one) => one.file === file)) continue;
    // A document that anyone may have written: only files of this run are taken.
    const bytes = await readOfTraining(runFolder, path.basename(file));
    into.push({ file, bytes });
  }
  return { document, heads, prompts };
}

/** @throws {SemapError} `not-found` where the training was not begun, or somebody deleted it */
async function readOfTraining(runFolder: string, name: string): Promise<Buffer> {
  try {
    return await readOfRun(runFolder, name, LARGEST_FILE);
  } catch (error) {
    const { reason } = toSemapError(error);
    if (reason !== 'not-found') throw error;
    const file = path.join(runFolder, name);
    throw new SemapError(reason, phrase('Cannot keep this prompt: {0} is not there.', file), {
      hint: phrase('Keep another point, or search again with a larger budget.'),
      cause: error,
    });
  }
}
