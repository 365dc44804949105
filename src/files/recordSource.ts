import path from 'node:path';
import { parseAlignment } from '../core/alignments/alignmentText.ts';
import type { CautionSettings } from '../core/caution/cautiousAnswers.ts';
import { SemapError, toSemapError } from '../core/errors.ts';
import { type ExportedImage, type ExportSource, placedBelow } from '../core/exports/exportedRun.ts';
import { jsonHead } from '../core/exports/jsonHead.ts';
import type { ClassificationRecord, StoredAnswer } from '../core/runs/classificationRecord.ts';
import { RUN_FILES } from '../core/runs/run.ts';
import { phrase } from '../core/text/text.ts';
import { GIVEN } from '../core/truths/imageTruths.ts';
import { readClassificationOf, readPredictions } from './keptClassification.ts';
import { readOfRun } from './runFolders.ts';

/** A dense mapping of a thousand labels to a thousand fits well. */
const LARGEST_DOCUMENT = 256 << 20;

/**
 * A classification that was kept, as exports see it: its answers as they were, settled where the settled ones were shown.
 * @param folder with `run.json` in it
 * @throws {SemapError} `invalid-document`; `not-found` where its predictions are not there (yet)
 */
export async function recordSource(folder: string): Promise<ExportSource> {
  const record = await readClassificationOf(folder);
  const document = parseAlignment(String(await readOfRun(folder, RUN_FILES.alignment, LARGEST_DOCUMENT)));
  const labels = document.targets.map(({ label }) => label);
  const read = () =>
    readPredictions(folder, { ...record, labels }).catch((error) => Promise.reject(lacking(error, record)));
  const { settled = false, splits, skipped } = await read();
  const { settling, figures, caution } = record;
  const shown = settling?.shown ? settling.measured : (settling?.plainMeasured ?? figures);
  const imageOf = imagesOf(labels, record);
  const parts = {
    labels,
    folders: record.folders,
    time: record.time,
    images: record.predictions,
    complete: record.status === 'done',
    figures: shown,
    device: figures?.device,
    seconds: figures?.seconds,
    skipped,
    passedOver: figures?.passedOver,
    layouts: record.layouts,
    split: record.split,
    caution,
    settling,
  };
  const { correct, judged, backbone } = record;
  const head = jsonHead({
    ...parts,
    backbone: figures?.backbone ?? { name: backbone.name, sha256: backbone.sha256 },
    alignment: document,
    alignmentName: record.alignment === undefined ? undefined : path.basename(record.alignment),
    accuracy: judged === 0 ? null : correct / judged,
  });
  return {
    run: {
      ...parts,
      backbone: backbone.name,
      alignment: document,
      alignmentFile: record.alignment,
      keptAlignment: path.join(folder, RUN_FILES.alignment),
      notes: notesOf(caution),
      has: {
        splits: splits !== undefined && splits.length > 0,
        settled,
        looks: false,
        caution: caution?.thresholds !== undefined,
      },
      head,
    },
    async *images() {
      const { predictions, answers, sources } = await read();
      let at = 0;
      for await (const some of predictions) {
        yield some.map(({ path: file, target, confidence, truth, split, fired }) => {
          const answer = settled && {
            target: answers.target[at],
            confidence: answers.confidence[at],
            given: answers.given[at],
          };
          at++;
          return {
            ...imageOf(file, { target, confidence, truth }, answer || undefined),
            split,
            fired: fired.map(({ source, probability }) => ({
              label: sources[source] ?? `source ${source}`,
              share: probability,
            })),
          };
        });
      }
    },
  };
}

interface Answered {
  readonly target: number;
  readonly confidence: number;
}

function imagesOf(labels: readonly string[], { folders, settling, caution }: ClassificationRecord) {
  const labelOf = (target: number) => labels[target];
  const worded = ({ target, confidence }: Answered) => ({ label: labelOf(target) ?? '', confidence });
  const least = leastOf(caution);
  return (
    file: string,
    plain: Answered & { readonly truth: number },
    settled: StoredAnswer | undefined,
  ): ExportedImage => {
    const { target, confidence } = settled && settling?.shown ? settled : plain;
    const given = settled?.given ?? GIVEN.nothing;
    const answer = labelOf(target) ?? '';
    return {
      path: file,
      ...placedBelow(file, folders, path.sep),
      ...(given === GIVEN.nothing
        ? confidence < least(answer)
          ? { label: '', said: 'not sure', confidence }
          : { label: answer, said: 'label', confidence }
        : {
            label: labelOf(given) ?? '',
            said: given === GIVEN.noneOfThese ? 'none' : 'label',
            confidence: given === target ? confidence : 1,
          }),
      answer,
      truth: labelOf(plain.truth),
      judged: plain.truth >= 0 && given === GIVEN.nothing,
      given: given === GIVEN.nothing ? undefined : (labelOf(given) ?? null),
      ...(settled && { plain: worded(plain), settled: worded(settled) }),
    };
  };
}

/** How sure an answer must be to be said. */
function leastOf(caution: CautionSettings | undefined): (label: string) => number {
  const { all = 0, labels = {} } = caution?.thresholds ?? {};
  return (label) => (Object.hasOwn(labels, label) ? labels[label] : all);
}

function notesOf(caution: CautionSettings | undefined) {
  const isMore = caution !== undefined && (caution.none !== undefined || caution.rollUp === true);
  return isMore
    ? [
        phrase(
          'Which answers are withheld or become a common kind is not recorded: labels are the answers themselves.',
        ),
      ]
    : [];
}

/** That a run has no predictions yet, or lost them, is not that there is no such run. */
function lacking(error: unknown, { status }: ClassificationRecord): SemapError {
  const known = toSemapError(error);
  if (known.reason !== 'not-found') return known;
  return new SemapError('not-found', phrase('The run has no saved predictions.'), {
    hint:
      status === 'running'
        ? phrase('They are saved when it ends.')
        : phrase('Classify the folder again, or open the run in VS Code and choose Score Again.'),
    cause: error,
  });
}
