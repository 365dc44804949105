import * as vscode from 'vscode';
import { formatBytes } from '../../core/downloads/progress.ts';
import type { BackboneDetails, BackboneEntry } from '../../protocol/backbones.ts';
import { say } from '../language.ts';

/** All there is to say about a backbone, a fact a line. */
export function backboneTooltip(entry: BackboneEntry, details?: BackboneDetails): readonly string[] {
  const { t } = vscode.l10n;
  const { name, path, problem, description, embedded, installed } = entry;
  const lines = [name];
  if (problem) lines.push(say(problem.message), problem.hint ? say(problem.hint) : '');
  if (description) {
    const { input, labelSpace, bytes, output } = description;
    lines.push(
      t('Source labels: {0} ({1})', labelSpace.labels.length.toLocaleString(), labelSpace.name),
      t('Input: {0} x {1} px, {2} {3}', input.width, input.height, input.type, input.layout.toUpperCase()),
      t('Output: {0}', output),
      sizeLine(bytes, details),
    );
  }
  if (details) {
    lines.push(
      promptLine(details),
      t('Licence: {0}', details.licence ?? t('not stated')),
      devicesLine(details),
    );
    if (details.source) lines.push(t('From: {0}', details.source));
  }
  lines.push(embedded ? t('Comes with SeMap') : installed ? t('Installed by SeMap') : '', path);
  return lines.filter((line) => line !== '');
}

function sizeLine(bytes: number, details: BackboneDetails | undefined): string {
  const { t } = vscode.l10n;
  const { parameters } = details ?? {};
  if (!parameters) return t('Size: {0}', formatBytes(bytes));
  return parameters < 1e6
    ? t('Size: {0}, {1} parameters', formatBytes(bytes), parameters.toLocaleString())
    : t('Size: {0}, {1} million parameters', formatBytes(bytes), (parameters / 1e6).toPrecision(3));
}

function promptLine({ promptable, whyNotPromptable }: BackboneDetails): string {
  const { t } = vscode.l10n;
  if (promptable) return t('Prompts can be trained through it');
  return t('Prompts cannot be trained through it: {0}', whyNotPromptable ?? t('its graph cannot be read'));
}

function devicesLine({ devices }: BackboneDetails): string {
  const { t } = vscode.l10n;
  if (devices.length === 0) return t('Devices: not compared yet (SeMap: Check Engine)');
  const words = devices.map(({ provider, works, reason }) => (works ? provider : `${provider}: ${reason}`));
  return t('Devices: {0}', words.join('; '));
}
