import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { joinedSources, placeOfSource, sourceGroups } from '../../core/alignments/members.ts';
import { SemapError } from '../../core/errors.ts';
import type { DecidingCells } from '../../core/evidence/cells.ts';
import { phrase } from '../../core/text/text.ts';
import type { EvidenceSource, ImageEvidence } from '../../protocol/resultsView.ts';
import { shortPath } from '../files.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { Answer } from './answers.ts';
import type { ClassifyRun } from './classifyRun.ts';

/** A share of a score below which a source label is not worth a line. */
const HARDLY = 0.005;

/** What decided an image and what else fired on it, in one list. */
export async function imageEvidence(
  run: ClassifyRun,
  image: number,
  engine: Engine,
  signal: AbortSignal,
): Promise<ImageEvidence> {
  const { path: file, fired } = predictionAt(run, image);
  const { cells, heard, shares } = await decidingCells(run, image, engine, signal);
  const groups = sourceGroups(run.alignment);
  const several = groups.length > 1;
  const rows = new Map<number, EvidenceSource>();
  const add = (source: number, figures: Pick<EvidenceSource, 'probability' | 'share'>) =>
    rows.set(source, {
      source,
      ...(several && { backbone: placeOfSource(groups, source).member }),
      label: run.sourceLabel(source),
      targets: targetsOf(run.alignment, source),
      ...figures,
    });
  // Until the engine has time, of several backbones those that are strongest among all; each has an equal part of the whole.
  const strongest =
    heard ?? fired.map(({ source, probability }) => ({ source, probability: probability * groups.length }));
  for (const { source, probability } of strongest) add(source, { probability });
  for (const { source, share, probability } of cells) {
    // What hardly counts says nothing, unless it fired.
    if (share >= HARDLY || rows.has(source)) add(source, { probability, share });
  }
  return {
    name: shortPath(file, run.folders),
    sources: [...rows.values()].sort(
      (a, b) => (a.backbone ?? 0) - (b.backbone ?? 0) || (b.probability ?? 0) - (a.probability ?? 0),
    ),
    ...(several && { backbones: groups.map(({ name, member }) => ({ name, share: shares?.[member] })) }),
    ...(run.alignment.head && { byHead: true as const }),
  };
}

/** None while images run: the engine has other things to do. */
export async function decidingCells(
  run: ClassifyRun,
  image: number,
  engine: Engine,
  signal: AbortSignal,
): Promise<Pick<DecidingCells, 'cells' | 'heard' | 'shares'>> {
  if (run.state === 'running') return { cells: [] };
  const { path: file } = predictionAt(run, image);
  try {
    return await engine.call('decidingCells', { ...run.settings.params, path: file }, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return { cells: [] };
  }
}

/** The targets that a source is mapped to. @param source among those of all backbones */
export function targetsOf(alignment: AlignmentDocument, source: number): readonly number[] {
  return joinedSources(alignment).flatMap((sources, target) =>
    sources.some(({ index, weight }) => index === source && weight > 0) ? [target] : [],
  );
}

export function predictionAt(run: ClassifyRun, image: number): Answer {
  const prediction = run.answers.at(image);
  if (!prediction) throw new SemapError('invalid-argument', phrase('There is no image {0}.', image));
  return prediction;
}
