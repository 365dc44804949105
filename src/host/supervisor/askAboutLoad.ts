import * as vscode from 'vscode';
import { showWarning } from '../messages.ts';
import type { SlowLoad } from './engineSupervisor.ts';

/** Says that a backbone takes long to load, and lets the person stop it. What was computed before is kept. */
export async function askAboutLoad({ backbone, seconds, stop }: SlowLoad): Promise<void> {
  const { t } = vscode.l10n;
  const wait = t('Keep Waiting');
  const end = t('Stop');
  const text = t('Loading {0} is taking long: {1} seconds so far.', backbone, seconds);
  if ((await showWarning(text, wait, end)) === end) stop();
}
