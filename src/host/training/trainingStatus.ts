import * as vscode from 'vscode';
import { percent } from '../../core/text/numbers.ts';
import { showError } from '../errors.ts';
import { say } from '../language.ts';
import type { Log } from '../log.ts';
import { StatusItem, showInformation, showWarning, withCancel } from '../messages.ts';
import { reachedWords } from '../runs/runWords.ts';
import { progressWords, runName } from './trainingWords.ts';
import type { WatchedTraining } from './watchedTraining.ts';

interface TrainingStatusHost {
  stop(folder: string): Promise<void>;
  log: Log;
}

/** A training in progress: a notification with Cancel, and a line in the status bar. */
export class TrainingStatus implements vscode.Disposable {
  readonly #host: TrainingStatusHost;
  readonly #item = new StatusItem({
    id: 'semap.training',
    name: vscode.l10n.t('SeMap Training'),
    command: 'semap.showTraining',
    priority: 91,
  });
  readonly #runs = new Set<WatchedTraining>();
  #disposed = false;

  constructor(host: TrainingStatusHost) {
    this.#host = host;
  }

  dispose(): void {
    this.#disposed = true;
    this.#item.dispose();
  }

  /** Follows a run for as long as `running` takes, and says how it ended. */
  async watch(run: WatchedTraining, running: Promise<void>): Promise<void> {
    this.#runs.add(run);
    const listening = run.onDidChange(() => this.#draw());
    this.#draw();
    void this.#notify(run, running);
    await running;
    listening.dispose();
    this.#runs.delete(run);
    this.#draw();
    await this.#tellEnd(run);
  }

  /** Cancel asks what is meant by it; the status bar shows the run meanwhile. */
  #notify(run: WatchedTraining, running: Promise<void>): Thenable<void> {
    return withCancel(vscode.l10n.t('Training {0}', runName(run)), async (signal, report) => {
      const tell = () => {
        const { step } = run;
        const share = step ? (step.epoch - 1 + step.step / Math.max(1, step.steps)) / step.epochs : 0;
        report({ message: progressWords(run), percent: 100 * share });
      };
      const listening = run.onDidChange(tell);
      const cancelled = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
          void this.#askToStop(run);
        });
      });
      tell();
      await Promise.race([running, cancelled]);
      listening.dispose();
    });
  }

  async #askToStop(run: WatchedTraining): Promise<void> {
    const { t } = vscode.l10n;
    // Nothing is lost with one that waits.
    if (run.phase === 'queued') return this.#host.stop(run.folder).catch(showError);
    const stop = t('Stop and Keep');
    const chosen = await showInformation(
      t('Do you want to stop training {0}? The best epoch so far is kept.', runName(run)),
      stop,
      t('Continue Training'),
    );
    if (chosen === stop && run.live) await this.#host.stop(run.folder).catch(showError);
  }

  #draw(): void {
    if (this.#disposed) return;
    const { t } = vscode.l10n;
    const runs = [...this.#runs];
    const run = runs.find(({ phase }) => phase === 'running') ?? runs[0];
    if (!run) {
      this.#item.hide();
      return;
    }
    const { step, record } = run;
    const icon = run.phase === 'paused' ? 'debug-pause' : 'sync~spin';
    const epoch = step ? `${step.epoch}/${step.epochs}` : t('training');
    const best = record?.best ? ` ${percent(record.best.valAccuracy)}` : '';
    this.#item.show({
      icon,
      text: `${epoch}${best}`,
      tooltip: [
        t('SeMap is training {0}', runName(run)),
        progressWords(run),
        ...runs.filter((one) => one !== run).map((one) => `${runName(one)}: ${progressWords(one)}`),
        t('Click to show the training.'),
      ],
      spoken: [t('SeMap is training {0}', runName(run)), progressWords(run)].join(' · '),
    });
  }

  async #tellEnd(run: WatchedTraining): Promise<void> {
    const { t } = vscode.l10n;
    const { record, error, phase } = run;
    if (run.withdrawn) return;
    const name = runName(run);
    const open = { title: t('Show Training'), command: 'semap.showTraining' };
    const resume = { title: t('Resume'), command: 'semap.resumeTraining' };
    const buttons = [open];
    let message: string;
    let warn = false;
    if (phase === 'done' || phase === 'stopped') {
      message = [
        phase === 'done'
          ? t('Finished training {0}.', name)
          : t('Stopped training {0}. The best epoch is kept.', name),
        (record?.verdict && firstSentence(say(record.verdict))) ??
          (record?.best ? t('Accuracy: {0}.', reachedWords(record) ?? '') : ''),
      ].join(' ');
    } else if (phase === 'paused') return;
    else {
      // Everything ends when the window does; the next one resumes.
      if (this.#disposed) return;
      this.#host.log.error(`Training ${name}: ${error?.message ?? phase}`);
      warn = true;
      message = [error?.message, error?.hint, run.epochs.length > 0 ? t('Completed epochs are kept.') : '']
        .filter((part) => part !== undefined && part !== '')
        .join(' ');
      if (record) buttons.unshift(resume);
    }
    const show = warn ? showWarning : showInformation;
    const chosen = await show(message, ...buttons);
    if (chosen) await vscode.commands.executeCommand(chosen.command, run.folder);
  }
}

/** A notification has room for one; the page has the rest. */
function firstSentence(text: string): string {
  return /^.*?(?:[.](?=\s|$)|。)/su.exec(text)?.[0] ?? text;
}
