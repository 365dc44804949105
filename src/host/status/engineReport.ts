import { arch, cpus, platform, release, totalmem } from 'node:os';
import * as vscode from 'vscode';
import { toSemapError } from '../../core/errors.ts';
import { deviceName } from '../../core/runs/run.ts';
import { escapeHidden } from '../../core/text/plainText.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import type { CommandTable } from '../commands.ts';
import { describeError } from '../errors.ts';
import { say } from '../language.ts';
import type { OutputLog } from '../log.ts';
import { showInStatusBar, withCancel, withProgress } from '../messages.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { EngineSupervisor } from '../supervisor/engineSupervisor.ts';

const SCHEME = 'semap-report';

interface EngineReportParts {
  readonly log: Pick<OutputLog, 'show'>;
  readonly engine: Engine;
  readonly supervisor: EngineSupervisor;
  readonly library: BackboneLibrary;
  readonly version: string;
  readonly folders: { readonly models: string; readonly cache: string };
}

/** `SeMap: Check Engine`: starts the engine, runs the active backbone once, and shows what was found as a text. */
export class EngineReport implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #parts: EngineReportParts;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration: vscode.Disposable;
  readonly #uri = vscode.Uri.from({ scheme: SCHEME, path: 'SeMap Engine Check' });
  #text = '';

  readonly onDidChange = this.#changed.event;

  readonly commands: CommandTable<'status'> = {
    'semap.checkEngine': () => this.show(),
    'semap.restartEngine': () => this.restart(),
    'semap.showLog': () => this.#parts.log.show(),
  };

  constructor(parts: EngineReportParts) {
    this.#parts = parts;
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }

  provideTextDocumentContent(): string {
    return this.#text;
  }

  async show(): Promise<void> {
    this.#text = await withCancel(vscode.l10n.t('Checking the SeMap engine'), (signal) =>
      this.#write(signal),
    );
    this.#changed.fire(this.#uri);
    const document = await vscode.workspace.openTextDocument(this.#uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  /** `SeMap: Restart Engine`: says what runs afterwards. */
  async restart(): Promise<void> {
    const { device } = await withProgress(vscode.l10n.t('Restarting the SeMap engine'), () =>
      this.#parts.supervisor.restart(),
    );
    this.#parts.library.refresh();
    showInStatusBar(
      vscode.l10n.t(
        'Restarted the SeMap engine. Device: {0} ({1}).',
        device.provider,
        say(deviceName(device)),
      ),
      8000,
    );
  }

  async #write(signal: AbortSignal): Promise<string> {
    const { engine, supervisor, library, version, folders } = this.#parts;
    const { t } = vscode.l10n;
    const [cpu] = cpus();
    const lines: string[] = [t('SeMap engine check'), ''];
    const add = (name: string, value: string) => lines.push(`${`${name}:`.padEnd(16)}${value}`);
    let verdict = t('The engine works.');
    try {
      library.refresh();
      const backbones = await library.list();
      const { state } = supervisor;
      if (state.kind === 'ready') {
        const { onnxruntime, pid } = state.info;
        add('onnxruntime', onnxruntime);
        add(t('Process'), String(pid));
      }
      const damaged = backbones.filter(({ problem }) => problem !== undefined).length;
      add(t('Backbones'), t('{0} found, {1} not usable', backbones.length, damaged));
      const active = await library.active();
      if (active) {
        const check = await engine.call('checkBackbone', { backbone: active.path }, { signal });
        add(t('Test run'), t('{0}: one image in {1} ms', active.name, check.milliseconds.toFixed(1)));
        if (!check.runs) verdict = t('The engine works, but {0} does not run.', active.name);
        const report = await engine.call('checkDevices', { backbone: active.path }, { signal });
        const { provider: chosen, why } = report.device;
        add(t('Device'), `${chosen} (${say(deviceName(report.device))})`);
        // What does not work is listed below.
        if (report.verdicts.filter(({ works }) => works).length > 1) add(t('Why'), say(why));
        lines.push('', t('Devices tested with {0}:', report.backbone));
        for (const { provider, works, reason } of report.verdicts) {
          add(`  ${provider}`, works ? t('works: {0}', say(reason)) : t('does not work: {0}', say(reason)));
          const measured = report.figures.find((one) => one.provider === provider);
          if (measured) lines.push(`    ${say(measured.text)}`);
        }
        if (report.graphics.length > 0) add(t('Graphics'), report.graphics.join(', '));
        library.refresh();
      }
    } catch (error) {
      // Whoever cancels learns nothing of the engine.
      if (signal.aborted && toSemapError(error).reason === 'cancelled') throw error;
      verdict = t('The engine does not work: {0}', describeError(error).message);
    }
    lines.splice(1, 0, verdict);
    lines.push('');
    add('SeMap', version);
    add(
      'VS Code',
      `${vscode.version} (${vscode.env.appHost}${vscode.env.remoteName ? `, ${vscode.env.remoteName}` : ''})`,
    );
    add(
      'Node',
      `${process.versions.node}${process.versions['electron'] ? `, Electron ${process.versions['electron']}` : ''}`,
    );
    add(t('Platform'), `${platform()}-${arch()} ${release()}`);
    add(
      t('Processor'),
      `${cpus().length} x ${cpu?.model.trim() ?? '?'}, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    );
    add(t('Models'), folders.models);
    add(t('Cache'), folders.cache);
    return `${lines.map((line) => escapeHidden(line)).join('\n')}\n`;
  }
}
