import { basename } from 'node:path';
import * as vscode from 'vscode';
import {
  type ClassifierOptions,
  type ClassifierTarget,
  classifierTargets,
  imageSizeOf,
  LARGEST_EDGE,
} from '../../core/classifiers/classifierOptions.ts';
import { plural, say } from '../language.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { type ListRow, pickFolder, pickTargetFile } from '../questions.ts';
import { askForm, type FormRow, START } from '../startForm.ts';
import { freeUri } from '../writtenFiles.ts';

/** What may be written beside the file. */
export type Beside = 'snippets' | 'triton';

/** Where it is written: not at all, in a folder beside the file, or in one that the person chose. */
export type BesidePlace = 'none' | 'beside' | { readonly folder: string };

/** How a classifier is exported. */
export interface ExportChoice extends ClassifierOptions {
  readonly file: vscode.Uri;
  readonly snippets: BesidePlace;
  readonly triton: BesidePlace;
}

/** What is remembered of it: everything but the file. */
type Remembered = Omit<ExportChoice, 'file'>;

type Field = 'start' | 'file' | 'target' | 'size' | 'threshold' | Beside;

const REMEMBERED = 'classifierExport';
const USUAL: Remembered = { target: 'onnxruntime', snippets: 'none', triton: 'none' };

/**
 * The question before an export of a classifier.
 * @param name of the alignment
 * @param folder where the file is proposed
 * @returns undefined when the person changed their mind
 */
export async function askExport(
  { name, folder, labels }: { readonly name: string; readonly folder: vscode.Uri; readonly labels: number },
  memory: Pick<vscode.Memento, 'get' | 'update'>,
): Promise<ExportChoice | undefined> {
  const { t } = vscode.l10n;
  const file = await freeUri((number) => [
    vscode.Uri.joinPath(folder, number === 1 ? `${name}.onnx` : `${name}-${number}.onnx`),
  ]);
  const choice = await askForm<ExportChoice, Field>(
    {
      title: () => t('SeMap: Export Classifier of {0}', name),
      placeholder: t('Press Enter to start, or select a setting to change it'),
      rows: (now) => rowsOf(now, labels),
      change,
    },
    { ...USUAL, ...memory.get<Partial<Remembered>>(REMEMBERED), file },
  );
  if (!choice) return undefined;
  const { file: _, ...remembered } = choice;
  await memory.update(REMEMBERED, remembered);
  return choice;
}

function rowsOf(choice: ExportChoice, labels: number): readonly FormRow<Field>[] {
  const { t } = vscode.l10n;
  const { file, target, size, threshold, snippets, triton } = choice;
  const field = (name: Field, label: string, description: string): FormRow<Field> => ({
    label,
    description,
    field: name,
  });
  return [
    {
      icon: 'play',
      label: t('Export Classifier'),
      detail: [
        basename(file.fsPath),
        targetName(target),
        plural(labels, '{0} label', '{0} labels'),
        ...(size ? [sizeText(size)] : []),
        ...(snippets === 'none' ? [] : [t('Snippets')]),
        ...(triton === 'none' ? [] : [t('Triton Model Repository')]),
      ].join(' · '),
      field: 'start',
    },
    { label: t('settings'), kind: vscode.QuickPickItemKind.Separator },
    field('file', t('File'), file.fsPath),
    field('target', t('Runs On'), targetName(target)),
    field('size', t('Image Size'), size ? sizeText(size) : t('any')),
    field(
      'threshold',
      t('Threshold'),
      threshold === undefined
        ? t('none, every image gets a label')
        : t('{0}, below it an image gets no label', threshold),
    ),
    { label: t('beside the file'), kind: vscode.QuickPickItemKind.Separator },
    field('snippets', t('Snippets'), placeText(snippets, t('Python, Node, and a web page'))),
    field(
      'triton',
      t('Triton Model Repository'),
      placeText(triton, t('configuration, labels, and the model')),
    ),
  ];
}

function targetName(target: ClassifierTarget): string {
  return say(classifierTargets[target].title);
}

function sizeText({ height, width }: NonNullable<ClassifierOptions['size']>): string {
  return `${height} x ${width}`;
}

function placeText(place: BesidePlace, what: string): string {
  if (place === 'none') return vscode.l10n.t('no');
  return place === 'beside' ? what : place.folder;
}

async function change(
  field: Field,
  choice: ExportChoice,
  ui: StepUi,
): Promise<Answer<ExportChoice | typeof START>> {
  const { t } = vscode.l10n;
  switch (field) {
    case 'start':
      return START;
    case 'file': {
      const file = await pickTargetFile({
        title: t('Export Classifier'),
        filters: { [t('ONNX models')]: ['onnx'] },
        defaultUri: choice.file,
      });
      return file ? { ...choice, file } : BACK;
    }
    case 'target':
      return askTarget(choice, ui);
    case 'size':
      return askSize(choice, ui);
    case 'threshold':
      return askThreshold(choice, ui);
    case 'snippets':
      return askPlace(choice, field, t('Where should the snippets be written?'), ui);
    case 'triton':
      return askPlace(choice, field, t('Where should the model be added for Triton?'), ui);
  }
}

async function askTarget(choice: ExportChoice, ui: StepUi): Promise<Answer<ExportChoice>> {
  const { t } = vscode.l10n;
  const details = {
    modern: t('Resizes with an operator of ONNX 18. Fastest.'),
    portable: t('Resizes with operators that every runtime knows (ONNX 13).'),
  };
  const items = Object.entries(classifierTargets).map(([target, { title, form }]) => ({
    label: say(title),
    detail: details[form],
    target: target as ClassifierTarget,
  }));
  const picked = await ui.pick({
    placeholder: t('What will run the file?'),
    items,
    active: ({ target }) => target === choice.target,
  });
  return picked === BACK || picked === CANCEL ? picked : { ...choice, target: picked.target };
}

async function askSize(choice: ExportChoice, ui: StepUi): Promise<Answer<ExportChoice>> {
  const { t } = vscode.l10n;
  const value = await ui.input({
    prompt: t('Height and width of the images in pixels. Leave empty for any size.'),
    placeholder: '480x640',
    ...(choice.size ? { value: `${choice.size.height}x${choice.size.width}` } : {}),
    validate: (text) =>
      text.trim() === '' || imageSizeOf(text)
        ? undefined
        : t('Enter height and width such as 480x640, each at most {0}.', LARGEST_EDGE),
  });
  if (value === BACK || value === CANCEL) return value;
  const { size: _, ...rest } = choice;
  const size = imageSizeOf(value);
  return size ? { ...rest, size } : rest;
}

async function askThreshold(choice: ExportChoice, ui: StepUi): Promise<Answer<ExportChoice>> {
  const { t } = vscode.l10n;
  const value = await ui.input({
    prompt: t('Confidence below which an image gets no label (-1), from 0 to 1. Leave empty for none.'),
    placeholder: '0.5',
    ...(choice.threshold === undefined ? {} : { value: String(choice.threshold) }),
    validate: (text) =>
      text.trim() === '' || isShare(text) ? undefined : t('Enter a number from 0 to 1, such as 0.5.'),
  });
  if (value === BACK || value === CANCEL) return value;
  const { threshold: _, ...rest } = choice;
  return value.trim() === '' ? rest : { ...rest, threshold: Number(value) };
}

function isShare(text: string): boolean {
  return Number(text) >= 0 && Number(text) <= 1;
}

async function askPlace(
  choice: ExportChoice,
  beside: Beside,
  placeholder: string,
  ui: StepUi,
): Promise<Answer<ExportChoice>> {
  const { t } = vscode.l10n;
  const items: readonly (ListRow & { readonly place: BesidePlace | undefined })[] = [
    { label: t('None'), place: 'none' },
    { label: t('In a Folder beside the File'), place: 'beside' },
    { label: t('In Another Folder...'), place: undefined },
  ];
  const now = choice[beside];
  const picked = await ui.pick({
    placeholder,
    items,
    active: ({ place }) => place === (typeof now === 'object' ? undefined : now),
  });
  if (picked === BACK || picked === CANCEL) return picked;
  if (picked.place !== undefined) return { ...choice, [beside]: picked.place };
  const folder = await pickFolder(t('Select a Folder'), t('Select'));
  return folder ? { ...choice, [beside]: { folder: folder.fsPath } } : BACK;
}
