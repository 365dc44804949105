import type { ExportSource } from '../core/exports/exportedRun.ts';
import type { FormatOptions } from '../core/exports/format.ts';
import type { SurveyedSidecars } from '../core/exports/sidecars/sidecarSurvey.ts';
import { sidecarOptions, taggedFolders } from '../core/exports/sidecars/xmpFormat.ts';
import type { TreeOptions } from '../core/exports/trees/treePlan.ts';
import type { LeftFile, PlanOutcome, PlanProgress } from '../core/plans/filePlan.ts';
import { fileSize, imagesDone } from '../core/text/numbers.ts';
import { plural } from '../core/text/text.ts';
import { carryOut } from '../files/plans/carryOut.ts';
import { writeJournal } from '../files/plans/journal.ts';
import { planSidecars, surveySidecars } from '../files/plans/sidecarFiles.ts';
import { type SurveyedTree, surveyTree } from '../files/plans/treeFiles.ts';
import type { Session } from './session.ts';

/** Carries out a plan; a door that can says how to go on and back where it stops. */
export type Carry = (
  journal: string,
  work: (onProgress: (progress: PlanProgress) => void) => Promise<PlanOutcome>,
) => Promise<PlanOutcome>;

interface PlaceParams<Options> {
  readonly source: ExportSource;
  readonly options: Options;
  /** Says what would happen, and changes nothing. */
  readonly dryRun: boolean;
}

/** Images in folders of a format. */
export interface PlacedTree {
  readonly tree: SurveyedTree;
  /** Undefined where nothing was done. */
  readonly outcome: PlanOutcome | undefined;
}

/**
 * Places images in a folder, by a plan that can be undone.
 * @param to absolute
 * @param onSurveyed is told before anything is done
 * @throws {SemapError} as `surveyTree` and `carryOut`
 */
export async function placeTree(
  {
    source,
    options,
    to,
    dryRun,
  }: PlaceParams<TreeOptions & { readonly add: boolean }> & { readonly to: string },
  session: Session,
  {
    onSurveyed = () => {},
    carry = reported(session),
  }: { readonly onSurveyed?: (tree: SurveyedTree) => void; readonly carry?: Carry } = {},
): Promise<PlacedTree> {
  const { signal } = session;
  const { add } = options;
  const tree = await surveyTree(source, options, to, { add, signal, onProgress: looked(session) });
  onSurveyed(tree);
  // Nothing is written down where nothing happens: there is nothing to undo.
  if (dryRun || tree.images === 0) return { tree, outcome: undefined };
  const journal = await writeJournal(tree.filePlan, signal);
  return { tree, outcome: await carry(journal, (onProgress) => carryOut(journal, { signal, onProgress })) };
}

/** Files beside images. */
export interface PlacedSidecars {
  readonly surveyed: SurveyedSidecars;
  /** One for each folder in which anything changed. */
  readonly journals: readonly string[];
  readonly done: number;
  readonly left: number;
  /** The first of them. */
  readonly leftFiles: readonly LeftFile[];
}

/**
 * Writes a file beside each image, by plans that can be undone.
 * @throws {SemapError} as `planSidecars` and `carryOut`
 */
export async function placeSidecars(
  { source, options, dryRun }: PlaceParams<FormatOptions>,
  session: Session,
  carry: Carry = reported(session),
): Promise<PlacedSidecars> {
  const { engine, signal } = session;
  const asked = sidecarOptions(options);
  const folders = await taggedFolders(source, asked, (senses) =>
    engine.call('kindsAbove', { senses }, { signal }),
  );
  const surveyed = await surveySidecars(folders, asked, { signal, onProgress: looked(session) });
  const { journals } = dryRun ? { journals: [] } : await planSidecars(folders, asked, signal);
  const leftFiles: LeftFile[] = [];
  let [done, left] = [0, 0];
  for (const journal of journals) {
    const outcome = await carry(journal, (onProgress) => carryOut(journal, { signal, onProgress }));
    done += outcome.done;
    left += outcome.left;
    leftFiles.push(...outcome.leftFiles);
  }
  return { surveyed, journals, done, left, leftFiles };
}

/** Says how many images were looked at. */
function looked({ report }: Session): (done: number, total: number) => void {
  return (done, total) =>
    report({
      ...(total > 0 && { share: done / total }),
      message: imagesDone(done, total),
    });
}

/** Carries out a plan with no more than that it is reported how far it is. */
export function reported({ report }: Pick<Session, 'report'>): Carry {
  return (_, work) =>
    work(({ done, total, bytes }) =>
      report({
        ...(total > 0 && { share: done / total }),
        message: plural(total, '{1} of {0} file, {2}', '{1} of {0} files, {2}', done, fileSize(bytes)),
      }),
    );
}
