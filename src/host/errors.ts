import * as vscode from 'vscode';
import { type Reason, type SemapError, toSemapError } from '../core/errors.ts';
import { plural, say } from './language.ts';
import { type NextStep, offer } from './messages.ts';
import { MANAGE_TRUST } from './trust.ts';

export interface ErrorDescription {
  /** What failed, why, and what to do next. */
  readonly message: string;
  /** The commands that fix it. */
  readonly actions: readonly NextStep[];
}

/** What the error is about, so that its buttons can act on it. */
export interface ErrorContext {
  /** Name or path of the backbone that was asked for. */
  readonly backbone?: string | undefined;
  /** An alignment of several backbones that it is about: one of them may be missing or another by now. */
  readonly members?: vscode.Uri | undefined;
  /** A document that could not be read. */
  readonly document?: vscode.Uri | undefined;
  /** Whether a run was interrupted that `semap.resumeRun` takes up. */
  readonly resumable?: boolean;
  /** How many images that run had classified: they are kept. */
  readonly kept?: number;
}

/** Errors that one death of the engine sends to every pending call are one object: it is shown once. */
const shown = new WeakSet<SemapError>();

/** The text and the buttons of an error, for notifications and pages alike. */
export function describeError(error: unknown, context: ErrorContext = {}): ErrorDescription {
  const { reason, text, hintText } = toSemapError(error);
  const next = context.kept
    ? plural(context.kept, '{0} classified image is kept.', '{0} classified images are kept.')
    : hintText && say(hintText);
  return { message: next ? `${say(text)} ${next}` : say(text), actions: actionsOf(reason, context) };
}

/** Shows an error once, with the buttons that fix it. A cancel is no error. */
export async function showError(error: unknown, context: ErrorContext = {}): Promise<void> {
  const semapError = toSemapError(error);
  if (semapError.reason === 'cancelled' || shown.has(semapError)) return;
  shown.add(semapError);
  const { message, actions } = describeError(semapError, context);
  await offer('failure', message, actions);
}

function actionsOf(reason: Reason, context: ErrorContext): readonly NextStep[] {
  const { t } = vscode.l10n;
  if (context.members && (reason === 'not-found' || reason === 'labels-mismatch')) {
    const menu = { semapDocument: context.members.toString() };
    return [
      { title: t('Change Backbones...'), command: 'semap.changeBackbones', arguments: [menu] },
      { title: t('Add Backbone...'), command: 'semap.addBackbone' },
    ];
  }
  const showLog = { title: t('Show Log'), command: 'semap.showLog' };
  const restart = { title: t('Restart Engine'), command: 'semap.restartEngine' };
  const checkEngine = { title: t('Check Engine'), command: 'semap.checkEngine' };
  const pickBackbone = { title: t('Select Backbone...'), command: 'semap.setActiveBackbone' };
  const alignLabels = { title: t('Align Labels...'), command: 'semap.alignLabels' };
  const describe = {
    title: t('Describe Backbone...'),
    command: 'semap.describeBackbone',
    arguments: context.backbone === undefined ? undefined : [context.backbone],
  };
  const openDocument = context.document
    ? [{ title: t('Open as Text'), command: 'vscode.openWith', arguments: [context.document, 'default'] }]
    : [];
  const table: Record<Reason, readonly NextStep[]> = {
    'not-found': [pickBackbone],
    'unreadable-file': [showLog],
    'not-onnx': [pickBackbone],
    'lfs-pointer': [pickBackbone],
    'unsupported-model': [pickBackbone],
    'labels-mismatch': context.document ? [alignLabels, pickBackbone] : [describe, pickBackbone, alignLabels],
    'needs-description': [describe],
    'invalid-description': [describe, showLog],
    'no-images': [{ title: t('Choose Folder...'), command: 'semap.classify' }],
    'unreadable-image': [showLog],
    'invalid-labels': [alignLabels],
    'invalid-document': [...openDocument, alignLabels],
    'newer-document': [...openDocument, alignLabels],
    'invalid-argument': [showLog],
    'not-writable': [],
    'already-exists': [],
    'out-of-space': [showLog],
    'out-of-memory': [restart, showLog],
    'network-failed': [showLog],
    'download-damaged': [showLog],
    busy: [],
    untrusted: [{ title: t('Manage Workspace Trust'), command: MANAGE_TRUST }],
    'device-failed': [checkEngine, showLog],
    cancelled: [],
    'engine-stopped': [
      context.resumable ? { title: t('Resume'), command: 'semap.resumeRun' } : restart,
      showLog,
    ],
    'no-engine': [],
    internal: [showLog],
  };
  return table[reason];
}
