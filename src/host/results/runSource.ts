import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { backbonesOf } from '../../core/alignments/members.ts';
import { asksForCaution } from '../../core/caution/settings.ts';
import { type ExportedImage, type ExportSource, placedBelow } from '../../core/exports/exportedRun.ts';
import { jsonHead } from '../../core/exports/jsonHead.ts';
import type { LooksOfImage } from '../../core/likeness/looks.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import { GIVEN } from '../../core/truths/imageTruths.ts';
import { SHOWN } from '../../protocol/cautionView.ts';
import type { Answer } from './answers.ts';
import type { ClassifyRun } from './classifyRun.ts';
import type { ImageLooks } from './imageLooks.ts';
import type { KeptSettling } from './settling.ts';

/** What is known of a run beside its answers, and which of its images leave. */
interface BesideRun {
  /** Some of the images, in this order; absent: all, in the order of the folders. Figures are about all of them. */
  readonly images?: readonly number[] | undefined;
  /** Adds both answers and what was given. */
  readonly settling?: KeptSettling | undefined;
  readonly looks?: ImageLooks | undefined;
}

/** Images put together before others get a turn. */
const AT_A_TIME = 2000;

/** A run of this window as exports see it. */
export function runSource(run: ClassifyRun, { images, settling, looks }: BesideRun = {}): ExportSource {
  const { alignment, answers, predictions } = run;
  const labelOf = (target: number) => alignment.targets[target]?.label;
  const shown = settling?.answers;

  const imageAt = (row: number): ExportedImage | undefined => {
    const answer = answers.at(row);
    if (!answer) return undefined;
    const { path: file, plain, fired, split } = answer;
    return {
      path: file,
      ...placedBelow(file, run.folders, path.sep),
      ...saidOf(run, answer),
      truth: labelOf(predictions.truth(row)),
      judged: answer.truth >= 0,
      given: answer.given === GIVEN.nothing ? undefined : (labelOf(answer.given) ?? null),
      split,
      ...(shown && {
        plain: { label: labelOf(plain.target) ?? '', confidence: plain.confidence },
        settled: { label: labelOf(shown.targets[row]) ?? '', confidence: shown.confidences[row] },
      }),
      fired: fired.map(({ source, probability }) => ({
        label: run.sourceLabel(source),
        share: probability,
      })),
      looks: looks && looksAt(looks, row),
    };
  };

  const { result, time } = run;
  const parts = {
    labels: alignment.targets.map(({ label }) => label),
    folders: run.folders,
    time: time.toISOString(),
    images: predictions.length - answers.gone.size,
    complete: run.state === 'done',
    figures: result,
    device: result?.device,
    seconds: result?.seconds,
    skipped: run.skipped,
    passedOver: run.passedOver,
    layouts: run.images.layouts,
    split: run.images.split,
    caution: asksForCaution(run.caution) ? run.caution : undefined,
    settling: settling?.record,
  };
  const head = jsonHead({
    ...parts,
    backbone: { ...(result?.backbone ?? backbonesOf(alignment)), name: run.backbone },
    alignment,
    alignmentName: run.alignmentPath === undefined ? undefined : path.basename(run.alignmentPath),
    accuracy: run.judged === 0 ? null : run.correct / run.judged,
  });
  return {
    run: {
      ...parts,
      backbone: run.backbone,
      alignment,
      alignmentFile: run.alignmentPath,
      keptAlignment: run.keptIn && path.join(run.keptIn, RUN_FILES.alignment),
      has: {
        splits: predictions.hasSplits,
        settled: shown !== undefined,
        looks: looks !== undefined,
        caution: parts.caution !== undefined,
      },
      head,
    },
    async *images() {
      const rows = (images ?? predictions.inFolderOrder()).filter((row) => !answers.gone.has(row));
      for (let from = 0; from < rows.length; from += AT_A_TIME) {
        const some = Array.from(rows.slice(from, from + AT_A_TIME), imageAt);
        yield some.filter((image) => image !== undefined);
        await setImmediate();
      }
    },
  };
}

function looksAt({ groups, looks, widths, heights }: ImageLooks, row: number): LooksOfImage {
  return { group: groups[row], looks: looks[row], width: widths[row], height: heights[row] };
}

/** What is said of an image: what a person said, or what is said in place of its label, or the label. */
function saidOf(
  { alignment, answers }: ClassifyRun,
  { target, confidence, given, said }: Answer,
): Pick<ExportedImage, 'label' | 'said' | 'sense' | 'answer' | 'confidence'> {
  const answer = alignment.targets[target]?.label ?? '';
  if (given === GIVEN.noneOfThese) return { label: '', said: 'none', answer, confidence: 1 };
  if (given !== GIVEN.nothing) {
    const label = alignment.targets[given]?.label ?? '';
    return { label, said: 'label', answer, confidence: given === target ? confidence : 1 };
  }
  switch (said) {
    case SHOWN.label:
      return { label: answer, said: 'label', answer, confidence };
    case SHOWN.none:
      return { label: '', said: 'none', answer, confidence };
    case SHOWN.notSure:
      return { label: '', said: 'not sure', answer, confidence };
    default: {
      const { label = '', sense } = answers.kinds[said] ?? {};
      return { label, said: 'kind', sense, answer, confidence };
    }
  }
}
