import * as vscode from 'vscode';
import { learnHead } from '../../capabilities/learnHead.ts';
import type { LearnedHeadKind } from '../../core/heads/learnHead.ts';
import { phrase } from '../../core/text/text.ts';
import type { ActiveAlignment } from '../alignments/activeAlignment.ts';
import { writeClassifier } from '../alignments/alignmentFiles.ts';
import { titleOf } from '../files.ts';
import { withCancel } from '../messages.ts';
import { type ListRow, pickOne } from '../questions.ts';
import { sessionOf } from '../session.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrusted } from '../trust.ts';
import type { ClassifyRun } from './classifyRun.ts';

interface KeepParts {
  readonly engine: Pick<Engine, 'call'>;
  readonly active: Pick<ActiveAlignment, 'open'>;
}

/**
 * Keeps what the images of a run and their labels taught as a document with a head, and opens it: it says there what it
 * is worth.
 * @param balanced on the promise of about equally many images of each label
 */
export async function keepClassifier(
  { engine, active }: KeepParts,
  run: Pick<ClassifyRun, 'folders' | 'settings'>,
  balanced: boolean,
): Promise<void> {
  mustBeTrusted(phrase('Trust the workspace to save classifiers in it.'));
  const { t } = vscode.l10n;
  const kind = await askKind();
  if (!kind) return;
  const { params } = run.settings;
  const { document, bytes } = await withCancel(
    t('Learning from {0}', titleOf(run.folders)),
    (signal, report) =>
      learnHead(
        { ...params, kind, balanced: balanced && kind === 'mixture' },
        // Where the file is, is known when it is written.
        '',
        sessionOf(engine, signal, report),
      ),
  );
  const [near] = run.folders;
  const uri = await writeClassifier(document, bytes, vscode.Uri.file(near), `${titleOf([near])}-${kind}`);
  await active.open(uri);
}

async function askKind(): Promise<LearnedHeadKind | undefined> {
  const { t } = vscode.l10n;
  const rows: readonly (ListRow & { readonly head: LearnedHeadKind })[] = [
    {
      head: 'mixture',
      label: t('Folder and Labels'),
      description: t('recommended'),
      detail: t('The groups that the images form, and their labels. Best for images like these.'),
    },
    {
      head: 'linear-probe',
      label: t('Labels Only: Linear Probe'),
      detail: t('Needs two or more labeled images of each label. Best for other images.'),
    },
    {
      head: 'prototypes',
      label: t('Labels Only: Prototypes'),
      detail: t('For few labeled images: adds to the mapping what they look like.'),
    },
  ];
  const picked = await pickOne(rows, {
    title: t('SeMap: Keep as Classifier'),
    placeholder: t('What should the classifier learn from?'),
  });
  return picked?.head;
}
