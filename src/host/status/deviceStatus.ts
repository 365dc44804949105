import * as vscode from 'vscode';
import type { EngineState, EngineSupervisor } from '../supervisor/engineSupervisor.ts';

/** The status bar item: the device in use and why, turning while the engine works. */
export class DeviceStatus implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #listening: { dispose(): void };

  constructor(supervisor: EngineSupervisor) {
    this.#item = vscode.window.createStatusBarItem('semap.device', vscode.StatusBarAlignment.Right, 90);
    this.#item.name = vscode.l10n.t('SeMap Device');
    this.#item.command = 'semap.checkEngine';
    this.#show(supervisor.state);
    this.#item.show();
    this.#listening = supervisor.onDidChangeState((state) => this.#show(state));
  }

  dispose(): void {
    this.#listening.dispose();
    this.#item.dispose();
  }

  #show(state: EngineState): void {
    const { t } = vscode.l10n;
    const { text, tooltip, failed = false } = statusOf(state, t);
    this.#item.text = text;
    this.#item.tooltip = `${tooltip}\n${t('Click to check the engine.')}`;
    this.#item.accessibilityInformation = {
      label: `SeMap, ${text.replaceAll(/\$\([^)]*\)/g, '').trim()}`,
      role: 'button',
    };
    this.#item.backgroundColor = failed
      ? new vscode.ThemeColor('statusBarItem.warningBackground')
      : undefined;
  }
}

function statusOf(
  state: EngineState,
  t: typeof vscode.l10n.t,
): { readonly text: string; readonly tooltip: string; readonly failed?: boolean } {
  switch (state.kind) {
    case 'stopped':
      return { text: '$(circuit-board) SeMap', tooltip: t('The SeMap engine starts on first use.') };
    case 'starting':
      return { text: '$(loading~spin) SeMap', tooltip: t('The SeMap engine is starting.') };
    case 'failed':
      return { text: '$(warning) SeMap', tooltip: state.error.message, failed: true };
    case 'ready': {
      const { provider, name, why } = state.info.device;
      const icon = state.calls > 0 ? '$(loading~spin)' : '$(circuit-board)';
      return { text: `${icon} ${provider.toUpperCase()}`, tooltip: `SeMap: ${provider}, ${name}\n${why}` };
    }
  }
}
