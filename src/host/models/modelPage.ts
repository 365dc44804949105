import { basename } from 'node:path';
import * as vscode from 'vscode';
import { toSemapError } from '../../core/errors.ts';
import type { ModelFileOutline, ModelReport } from '../../protocol/backbones.ts';
import type { ModelCheck, ModelState, ModelViewApi } from '../../protocol/modelView.ts';
import type { PageProblem } from '../../protocol/pageProblem.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import { describeError, type ErrorDescription, showError } from '../errors.ts';
import { PageFeed, type PageHost } from '../pages/pageFeed.ts';
import type { Engine } from '../supervisor/engineClient.ts';

/** What the page's host side needs of VS Code. */
export interface ModelPageHost extends PageHost {
  readonly engine: Engine;
  /** @throws {SemapError} `untrusted` where the file may not be opened */
  mayOpen(path: string): void;
  isAdded(path: string): boolean;
  /** Asks for an image, and shows what the model makes of it. */
  test(path: string): Promise<unknown>;
  copyPath(path: string): unknown;
}

/** What a button runs here, and no command of VS Code. */
const READ_AGAIN = 'readAgain';

/** Answers the page of one model file. Nothing is loaded or run before the person asks for it. */
export class ModelPage {
  readonly #path: string;
  readonly #host: ModelPageHost;
  readonly #feed = new PageFeed<ModelState>(
    () => this.#state(),
    () => this.#buttons,
  );
  readonly #buttons: PageHost;
  #outline: ModelFileOutline | undefined;
  #report: ModelReport | undefined;
  #problem: PageProblem | undefined;
  #check: ModelCheck = { kind: 'none' };
  #reading = new AbortController();
  #checking: AbortController | undefined;

  constructor(path: string, host: ModelPageHost) {
    this.#path = path;
    this.#host = host;
    this.#buttons = {
      execute: (command, ...args) =>
        command === READ_AGAIN ? void this.read() : host.execute(command, ...args),
    };
  }

  readonly handlers: Handlers<ModelViewApi> = {
    ...this.#feed.handlers,
    add: () => this.#then(() => this.#host.execute('semap.addBackbone', vscode.Uri.file(this.#path))),
    test: () => this.#then(() => this.#host.test(this.#path)),
    describe: () => this.#then(() => this.#host.execute('semap.describeBackbone', this.#path)),
    check: () => this.#run(),
    cancel: () => {
      this.#checking?.abort();
    },
    again: async () => {
      await this.read();
    },
    copyPath: async () => {
      await this.#host.copyPath(this.#path);
    },
  };

  /** What the page shows of the list of backbones is another. */
  refresh(): void {
    this.#feed.tell();
  }

  /** Reads the file, again where it was. What a check of it showed is of the file before. */
  async read({ keepCheck = false } = {}): Promise<void> {
    this.#reading.abort();
    const reading = new AbortController();
    this.#reading = reading;
    const { signal } = reading;
    if (!keepCheck) {
      this.#checking = undefined;
      this.#check = { kind: 'none' };
    }
    try {
      this.#host.mayOpen(this.#path);
      const onProgress = (outline: ModelFileOutline) => {
        if (signal.aborted) return;
        this.#outline = outline;
        this.#problem = undefined;
        this.#feed.tell();
      };
      const report = await this.#host.engine.call(
        'reportModel',
        { file: this.#path },
        { signal, onProgress },
      );
      if (signal.aborted) return;
      this.#outline = report.outline;
      this.#report = report;
      this.#problem = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.#outline = undefined;
      this.#report = undefined;
      this.#problem = this.#told(error, [{ title: vscode.l10n.t('Try Again'), command: READ_AGAIN }]);
    }
    this.#feed.tell();
  }

  dispose(): void {
    this.#reading.abort();
    // A model that is being loaded is not stopped for a page that is gone: that could end the engine with all its work.
    this.#checking = undefined;
  }

  /** What may change what is known of the file. */
  async #then(work: () => unknown): Promise<undefined> {
    try {
      await work();
    } catch (error) {
      void showError(error, { backbone: this.#path });
    }
    // What was wrong with it may be right now.
    const isGood = this.#check.kind === 'done' && !this.#check.problem;
    await this.read({ keepCheck: isGood || this.#check.kind === 'working' });
  }

  async #run(): Promise<undefined> {
    if (this.#check.kind === 'working') return;
    const checking = new AbortController();
    this.#checking = checking;
    this.#check = { kind: 'working' };
    this.#feed.tell();
    const check = await this.#checked(checking.signal);
    if (this.#checking !== checking) return;
    this.#checking = undefined;
    this.#check = check;
    this.#feed.tell();
    if (check.kind === 'done') await this.read({ keepCheck: true });
  }

  async #checked(signal: AbortSignal): Promise<ModelCheck> {
    const { engine } = this.#host;
    const backbone = this.#path;
    let milliseconds: number | undefined;
    let problem: PageProblem | undefined;
    try {
      await engine.call('inspectBackbone', { backbone }, { signal });
      await engine.call('checkBackbone', { backbone }, { signal }).then(
        (check) => {
          milliseconds = check.milliseconds;
        },
        (error) => {
          if (toSemapError(error).reason === 'cancelled') throw error;
          problem = this.#told(error);
        },
      );
      const details = await engine.call('backboneDetails', { backbone }, { signal });
      return { kind: 'done', milliseconds, problem, details };
    } catch (error) {
      if (toSemapError(error).reason === 'cancelled') return { kind: 'none' };
      return { kind: 'done', problem: this.#told(error) };
    }
  }

  /** An error with the buttons that help here: choosing another backbone does not. */
  #told(error: unknown, otherwise: ErrorDescription['actions'] = []): PageProblem {
    const { message, actions } = describeError(error, { backbone: this.#path });
    const fitting = actions.filter(({ command }) => command !== 'semap.setActiveBackbone');
    return this.#feed.problem({ message, actions: fitting.length > 0 ? fitting : otherwise });
  }

  #state(): ModelState {
    const name = basename(this.#path);
    if (this.#problem) return { kind: 'failed', name, problem: this.#problem };
    if (!this.#outline) return { kind: 'reading', name };
    return {
      kind: 'model',
      name,
      path: this.#path,
      outline: this.#outline,
      report: this.#report,
      isAdded: this.#host.isAdded(this.#path),
      check: this.#check,
    };
  }
}
