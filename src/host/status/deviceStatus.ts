import * as vscode from 'vscode';
import { deviceName } from '../../core/runs/run.ts';
import { say } from '../language.ts';
import { StatusItem, type StatusTexts } from '../messages.ts';
import type { EngineState, EngineSupervisor } from '../supervisor/engineSupervisor.ts';
import { restrictedWords } from '../trust.ts';

/** The status bar item: the device in use and why, turning while the engine works. */
export class DeviceStatus implements vscode.Disposable {
  readonly #item = new StatusItem({
    id: 'semap.device',
    name: vscode.l10n.t('SeMap Device'),
    command: 'semap.checkEngine',
    priority: 90,
  });
  readonly #listening: { dispose(): void };

  constructor(supervisor: EngineSupervisor) {
    this.#show(supervisor.state);
    const listening = supervisor.onDidChangeState((state) => this.#show(state));
    const trusting = vscode.workspace.onDidGrantWorkspaceTrust(() => this.#show(supervisor.state));
    this.#listening = vscode.Disposable.from(listening, trusting);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#item.dispose();
  }

  #show(state: EngineState): void {
    const { t } = vscode.l10n;
    const { tooltip, ...texts } = statusOf(state);
    this.#item.show({
      ...texts,
      tooltip: [...tooltip, restrictedWords() ?? '', t('Click to check the engine')],
      spoken: `SeMap, ${texts.text}`,
    });
  }
}

function statusOf(state: EngineState): Omit<StatusTexts, 'spoken'> {
  const { t } = vscode.l10n;
  const text = 'SeMap';
  switch (state.kind) {
    case 'stopped':
      return { icon: 'circuit-board', text, tooltip: [t('The SeMap engine starts on first use.')] };
    case 'starting':
      return { icon: 'loading~spin', text, tooltip: [t('Starting the SeMap engine...')] };
    case 'failed': {
      const background = new vscode.ThemeColor('statusBarItem.warningBackground');
      return { icon: 'warning', text, tooltip: [say(state.error.text)], background };
    }
    case 'ready': {
      const { provider, why } = state.info.device;
      const icon = state.calls > 0 ? 'loading~spin' : 'circuit-board';
      return {
        icon,
        text: provider.toUpperCase(),
        tooltip: [`SeMap: ${provider}, ${say(deviceName(state.info.device))}`, say(why)],
      };
    }
  }
}
