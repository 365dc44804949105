import path from 'node:path';
import { SemapError } from '../core/errors.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import { inAnyOf } from '../core/labels/inAnyOf.ts';
import type { LabelProblem, TargetLabel } from '../core/labels/targetLabels.ts';
import { listed, phrase, plural, type Text } from '../core/text/text.ts';
import type { Session } from './session.ts';

const SHOWN_PROBLEMS = 10;
/** From so many on, aligning takes more than a moment. */
const MANY_TARGETS = 2000;

/** Who asks says which labels, or leaves it to the folders. */
export interface AskedTargets {
  readonly targets?: readonly TargetLabel[] | undefined;
  /** Of what has no targets; absent: the labels of the folders. */
  readonly labels?: readonly string[] | undefined;
}

/**
 * Parameters with the targets that they ask for.
 * @throws {SemapError} `invalid-labels`, `no-images`
 */
export async function targetsAsked<Asked extends AskedTargets & ImageFolders>(
  { labels, targets, ...params }: Asked,
  session: Session,
): Promise<Omit<Asked, keyof AskedTargets> & { readonly targets: readonly TargetLabel[] }> {
  return { ...params, targets: targets ?? (await targetsOf(labels, params, session)) };
}

/**
 * The target labels that were named, or else what the layout of the folders says.
 * @throws {SemapError} `invalid-labels`, `no-images`
 */
export function targetsOf(
  names: readonly string[] | undefined,
  images: ImageFolders,
  session: Session,
): Promise<readonly TargetLabel[]> {
  return names ? targetsOfNames(names, session) : targetsOfFolders(images, session);
}

/** Target labels of names, with a note of what was odd about them. */
async function targetsOfNames(
  names: readonly string[],
  { engine, note, report }: Session,
): Promise<readonly TargetLabel[]> {
  const { targets, problems } = await engine.call('readLabels', { names });
  for (const problem of problems.slice(0, SHOWN_PROBLEMS)) note({ text: problemText(problem) });
  const more = problems.length - SHOWN_PROBLEMS;
  if (more > 0)
    note({ text: plural(more, '{0} more label is like this.', '{0} more labels are like this.') });
  if (targets.length >= MANY_TARGETS) {
    report({
      message: plural(
        targets.length,
        'Comparing {0} label with those of the backbone',
        'Comparing {0} labels with those of the backbone',
      ),
    });
  }
  return targets;
}

function problemText(problem: LabelProblem): Text {
  switch (problem.kind) {
    case 'blank':
      return plural(problem.count, '{0} blank label was removed.', '{0} blank labels were removed.');
    case 'duplicate':
      return phrase('"{0}" was listed {1} times; duplicates were removed.', problem.label, problem.count);
    case 'alike': {
      const labels = problem.labels.map((label) => phrase('"{0}"', label));
      return phrase('{0} differ only in case or separators; all are kept.', listed(labels));
    }
  }
}

/** The target labels that the layouts of datasets give, each once. */
async function targetsOfFolders(
  { folders, layouts, split }: ImageFolders,
  { engine, ways }: Session,
): Promise<readonly TargetLabel[]> {
  const targets = new Map<string, TargetLabel>();
  let empty = 0;
  const classes = await inAnyOf(folders, (folder) =>
    engine.call('listClasses', { folder, layout: layouts?.[folders.indexOf(folder)], split }),
  );
  for (const { label, sense, empty: isEmpty } of classes) {
    if (isEmpty) empty++;
    else targets.set(label, { name: label, sense });
  }
  if (targets.size > 0) return [...targets.values()];
  const where = folders.map((folder) => path.basename(folder) || folder).join(', ');
  throw empty > 0
    ? new SemapError('no-images', phrase('The class folders of {0} contain no images.', where), {
        hint: phrase('Add images to them, or name the labels. {0}', ways.labels),
      })
    : new SemapError('invalid-labels', phrase('{0} has no class folders to take labels from.', where), {
        hint: phrase('Name the labels. {0}', ways.labels),
      });
}
