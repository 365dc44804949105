import path from 'node:path';
import { unsupported } from '../../core/backbones/backboneDescription.ts';
import type { BackboneSidecar } from '../../core/backbones/backboneSidecar.ts';
import type { LabelList } from '../../core/backbones/habits.ts';
import { countDoubt } from '../../core/backbones/labelDoubts.ts';
import type { Stated } from '../../core/backbones/readers/readers.ts';
import { SemapError } from '../../core/errors.ts';
import type { LabelSpace } from '../../core/labels/labelSpace.ts';
import { listed, phrase, type Text } from '../../core/text/text.ts';
import type { BackboneInspection } from '../../protocol/backbones.ts';
import { sidecarFile } from './modelPapers.ts';

/** What a person must still say of a model. */
export function needsDescription({ name, path: file, missing }: BackboneInspection): SemapError {
  return new SemapError(
    'needs-description',
    phrase('The file of {0} does not say: {1}.', name, listed(missing)),
    {
      hint: phrase(
        'Describe it with "Describe Backbone..." in the Backbones view or with `semap backbones add`, which suggest the answers, or write {0} next to it (`semap backbones describe --help` shows an example).',
        path.basename(sidecarFile(file)),
      ),
    },
  );
}

/** Labels that are no person's and do not fit are not known; they are told of with the guess. */
export function fittingLabels(
  known: BackboneSidecar,
  { sidecar: { labels }, by }: Stated,
  outputs: number | undefined,
): { readonly known: BackboneSidecar; readonly lists: readonly LabelList[] } {
  const isStated = Array.isArray(labels) && known.labels === labels;
  if (!isStated || outputs === undefined || labels.length === outputs) return { known, lists: [] };
  const { labels: _, ...rest } = known;
  const from = by.find(({ parts }) => parts.includes('labels'))?.from ?? phrase('The file');
  return { known: rest, lists: [{ labels, from, names: labels }] };
}

/** Why lists of labels beside a model are not proposed, the first of them. */
export function unfittingLists(lists: readonly LabelList[], outputs: number | undefined): readonly Text[] {
  return lists
    .filter(({ names }) => outputs !== undefined && names.length !== outputs)
    .slice(0, MOST_LISTS)
    .map(({ from, names }) => {
      const { what, hint } = countDoubt(outputs!, names.length, names);
      return phrase('{0}: {1} {2}', from, what, hint);
    });
}

const MOST_LISTS = 2;

/** Labels of a person that are not as many as the outputs. */
export function wrongCount(backbone: string, outputs: number, { name, labels }: LabelSpace): SemapError {
  // Labels that a description or `config.json` lists bear the backbone's name.
  const message =
    name === backbone
      ? phrase('{0} has {1} outputs, but {2} labels are given.', backbone, outputs, labels.length)
      : phrase('{0} has {1} outputs, but "{2}" has {3} labels.', backbone, outputs, name, labels.length);
  const { hint } = countDoubt(
    outputs,
    labels.length,
    labels.map((label) => label.name),
  );
  return new SemapError('labels-mismatch', message, { hint });
}

/** Why a model of Ultralytics and its like is no classifier, where its file says what it is for. */
export function otherTask(task: string | undefined, name: string): SemapError | undefined {
  if (!task || /^(?:classify|classification|image-classification)$/i.test(task)) return undefined;
  return unsupported(
    phrase('{0} is a model for another task: its file says "{1}".', name, task.slice(0, 40)),
  );
}
