import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { BackboneSidecar, SidecarPreprocessing } from '../../core/backbones/backboneSidecar.ts';
import { scalingTitle } from '../../core/backbones/scalings.ts';
import { percent } from '../../core/text/numbers.ts';
import type { BackboneReading, BackboneTrial } from '../../protocol/backbones.ts';
import { say } from '../language.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { type ListRow, pickFiles } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';

/** Images of the workspace that are offered before the file dialog. */
const OFFERED = 3;

/** What a person made of a trial: all is right, or another reading is. */
export type TrialVerdict =
  | { readonly kind: 'right' }
  | { readonly kind: 'other'; readonly preprocessing: SidecarPreprocessing };

type Row = ListRow & { readonly verdict?: TrialVerdict; readonly again?: true };

/**
 * Asks for an image to try a backbone on.
 * @param canSkip whether to offer to go without
 * @returns its path; undefined to go without
 */
export async function askTrialImage(
  ui: StepUi,
  backbone: string,
  canSkip: boolean,
): Promise<Answer<string | undefined>> {
  const { t } = vscode.l10n;
  const choose = { icon: 'file-media', label: t('Choose Image...'), path: '' };
  const skip = { icon: 'debug-step-over', label: t('Skip the Test'), path: undefined };
  const load = async () => {
    const found = await vscode.workspace.findFiles('**/*.{jpg,jpeg,png,webp}', '**/node_modules/**', OFFERED);
    return [
      choose,
      ...found.map((uri) => ({
        icon: 'device-camera',
        label: vscode.workspace.asRelativePath(uri),
        path: uri.fsPath,
      })),
      ...(canSkip ? [skip] : []),
    ];
  };
  const item = await ui.pick<ListRow & { path: string | undefined }>({
    placeholder: t('Test it on an image you know: wrong scaling or colors show at once'),
    items: load(),
  });
  if (item === BACK || item === CANCEL) return item;
  if (item.path !== '') return item.path;
  const [picked] =
    (await pickFiles({
      title: t('Image to test {0} on', backbone),
      openLabel: t('Test'),
      filters: { [t('Images')]: ['jpg', 'jpeg', 'png', 'webp', 'bmp', 'gif', 'tif', 'tiff', 'ppm'] },
    })) ?? [];
  return picked ? picked.fsPath : askTrialImage(ui, backbone, canSkip);
}

/**
 * Shows the five best source labels of an image, and what other scalings and colours would give.
 * @param confirm what the row says by which the person accepts
 */
export async function showTrial(
  engine: Engine,
  ui: StepUi,
  about: {
    readonly backbone: string;
    readonly sidecar?: BackboneSidecar | undefined;
    readonly image: string;
  },
  confirm: string,
): Promise<Answer<TrialVerdict | 'another'>> {
  const { t } = vscode.l10n;
  const load = async (): Promise<Row[]> => {
    const trial = await engine.call('tryBackbone', about);
    return [
      { icon: 'check', label: confirm, description: milliseconds(trial), verdict: { kind: 'right' } },
      { icon: 'file-media', label: t('Test Another Image...'), again: true },
      separator(t('Predictions')),
      ...trial.best.map(({ label, probability }) => ({
        icon: 'dash',
        label,
        description: percent(probability),
        verdict: { kind: 'right' as const },
      })),
      separator(t('Predictions with other settings')),
      ...trial.others.map((other) => ({
        icon: 'arrow-swap',
        label: `${say(scalingTitle(other.scaling))}, ${other.channels.toUpperCase()}`,
        description: readingText(other),
        verdict: { kind: 'other' as const, preprocessing: other.preprocessing },
      })),
    ];
  };
  const item = await ui.pick<Row>({
    placeholder: t(
      'Is {0} recognized? The most confident reading is not always right.',
      basename(about.image),
    ),
    items: load(),
  });
  if (item === BACK || item === CANCEL) return item;
  return item.again ? 'another' : (item.verdict ?? { kind: 'right' });
}

function readingText({ best }: BackboneReading): string {
  return best
    .slice(0, 3)
    .map(({ label, probability }) => `${label} ${percent(probability)}`)
    .join(' · ');
}

function milliseconds({ milliseconds: time }: BackboneTrial): string {
  return vscode.l10n.t('{0} ms per image', time.toFixed(0));
}

function separator(label: string): Row {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
