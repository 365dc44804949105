import path from 'node:path';
import * as vscode from 'vscode';
import { decidingLabel } from '../../core/alignments/alignment.ts';
import { answeringCount } from '../../core/alignments/answering.ts';
import { areOfBackbones, otherFileText } from '../../core/alignments/members.ts';
import { SemapError } from '../../core/errors.ts';
import type { ExportSource } from '../../core/exports/exportedRun.ts';
import { passedOverCount, passedOverWord, passedOverWords } from '../../core/images/imageFiles.ts';
import { DisposableValue } from '../../core/listeners.ts';
import { deviceName } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import { decidedBy } from '../../files/decidedBy.ts';
import type { ResultsState, ResultsViewApi, RunSummary } from '../../protocol/resultsView.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { WatchedDocument } from '../alignments/watchedAlignment.ts';
import type { ErrorDescription } from '../errors.ts';
import { shortPath, titleOf } from '../files.ts';
import { say } from '../language.ts';
import { PageFeed, type PageHost, pictureOf } from '../pages/pageFeed.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { Cautions } from './caution.ts';
import type { ClassifyRun, MovedImages } from './classifyRun.ts';
import { decidingCells, imageEvidence, predictionAt, targetsOf } from './imageEvidence.ts';
import { imageLooks } from './imageLooks.ts';
import { Labelling, type LabellingHost, labellingHandlers } from './labelling.ts';
import { sourceOf } from './resultsSource.ts';
import { changedFoldersWords } from './resultsWords.ts';
import { runSource } from './runSource.ts';
import type { Settling } from './settling.ts';
import type { Settlings } from './settlings.ts';

/** A cell that decided an image. */
export interface ResultCell {
  /** File of the alignment document; absent: the active one. */
  readonly alignment?: string | undefined;
  readonly label: string;
  /** Index of the label when the images were classified. */
  readonly target: number;
  readonly source: number;
}

/** What the page's host side needs of VS Code. */
export interface ResultsPageHost extends PageHost {
  readonly engine: Engine;
  describeError(error: unknown): ErrorDescription;
  openImage(file: string): unknown;
  /** Shows a file in the Explorer. */
  reveal(file: string): unknown;
  copy(text: string): unknown;
  /** Width of the gallery's tiles that was chosen last. */
  tileSize: number | undefined;
  /** Shows a cell of an alignment: the target by its label, for the document may have changed since. */
  showCell(cell: ResultCell): unknown;
  /**
   * Asks as what and where to, and writes it.
   * @param isSelection whether these are only some of the images
   * @returns the images that were moved by it
   */
  export(source: ExportSource, isSelection: boolean): Promise<MovedImages | undefined>;
  /** Follows an alignment document. */
  watch(file: string): WatchedDocument;
  readonly settlings: Settlings;
  readonly cautions: Cautions;
  /** Asks whether there are about equally many images of each label in the folders of a run. */
  promiseBalance(run: ClassifyRun): Promise<boolean>;
  /** Classifies a run's folders with its alignment as it is now. */
  again(run: ClassifyRun): unknown;
  /** Takes up a run where it was interrupted. */
  resume(run: ClassifyRun): unknown;
  readonly labelling: LabellingHost;
}

/** Largest picture that a page may ask for, in pixels: one that fills a large screen. */
const LARGEST_PICTURE = 4096;

/** Answers the results page about one run at a time. */
export class ResultsPage {
  readonly #host: ResultsPageHost;
  readonly #feed = new PageFeed<ResultsState>(
    () => this.#state(),
    () => this.#host,
  );
  #run: ClassifyRun | undefined;
  #number = 0;
  #sought: RunSummary['sought'];
  #lastWish = 0;
  readonly #watched = new DisposableValue<WatchedDocument>();
  /** What is shown in place of a run: one of the window before is on its way, or cannot be had. */
  #instead: Exclude<ResultsState, RunSummary> = { kind: 'nothing' };
  #restore: () => unknown = () => {};
  readonly #listening = new DisposableValue();
  readonly #labelling = new DisposableValue<Labelling>();
  /** Of the run that was shown before. */
  readonly #labelledBefore = new DisposableValue<Labelling>();

  constructor(host: ResultsPageHost) {
    this.#host = host;
  }

  /** The run that is shown. */
  get run(): ClassifyRun | undefined {
    return this.#run;
  }

  /**
   * Says that a run of the window before is on its way.
   * @param restore tries once more where it cannot be had
   */
  showRestoring(folders: readonly string[], restore: () => unknown): void {
    this.#restore = restore;
    this.#instead = { kind: 'restoring', title: titleOf(folders) };
    this.#feed.tell();
  }

  /** Says why that run cannot be shown. */
  showLost(folders: readonly string[], why: ErrorDescription): void {
    this.#instead = { kind: 'lost', title: titleOf(folders), problem: this.#feed.problem(why) };
    this.#feed.tell();
  }

  get #settling(): Settling | undefined {
    return this.#run && this.#host.settlings.of(this.#run);
  }

  /** Turns to another run. */
  show(run: ClassifyRun): void {
    this.#follow(run.alignmentPath);
    const isSame = this.#run === run;
    this.#run = run;
    this.#sought = undefined;
    this.#number++;
    const tell = () => this.#feed.tell();
    const { turn } = run;
    const listening = [
      // Images that have other places are shown anew.
      run.onDidChange(() => (run.turn === turn ? tell() : this.show(run))),
      this.#host.settlings.of(run).onDidChange(tell),
      this.#host.cautions.of(run).onDidChange(tell),
      this.#host.settlings.follow(run),
    ];
    this.#listening.value = {
      dispose: () => {
        for (const one of listening) one.dispose();
      },
    };
    const before = this.#labelling.release();
    // A key on its way names an image by its place, which may be another image's by now.
    if (isSame) before?.dispose();
    this.#labelledBefore.value = isSame ? undefined : before;
    this.#labelling.value = new Labelling(run, this.#host.labelling);
    this.#feed.tell();
  }

  /** Turns to an image. */
  seek(image: number): void {
    if (!this.#run) return;
    const { path: file } = predictionAt(this.#run, image);
    // No wish has the turn of one that a page of before, which comes back, has obeyed.
    this.#lastWish = Math.max(Date.now(), this.#lastWish + 1);
    this.#sought = { name: shortPath(file, this.#run.folders), turn: this.#lastWish };
    this.#feed.tell();
  }

  dispose(): void {
    this.#listening.dispose();
    this.#labelling.dispose();
    this.#labelledBefore.dispose();
    this.#watched.dispose();
  }

  /** Whether a run is outdated is told as soon as its document changes, not when it is next asked for. */
  #follow(file: string | undefined): void {
    const watched = file === undefined ? undefined : this.#host.watch(file);
    this.#watched.value = watched;
    watched?.onDidChange(() => this.#feed.tell());
    void watched?.read();
  }

  readonly handlers: Handlers<ResultsViewApi> = {
    ...this.#feed.handlers,
    ...labellingHandlers(({ run }) => this.#of(run) && this.#labelling.value!),
    give: async (params, context) => {
      // A key that was on its way when another run took the place of its own is not lost.
      const before = params.run === this.#number - 1 ? this.#labelledBefore.value : undefined;
      const labelling = before ?? (this.#of(params.run) && this.#labelling.value!);
      await labelling.handlers.give(params, context);
    },
    labels: ({ run }) => this.#of(run).alignment.targets.map((target) => target.label),
    columns: ({ run, from, to }) => {
      const { answers } = this.#of(run);
      const rows = Int32Array.from(
        { length: Math.max(0, Math.min(to, answers.length) - from) },
        (_, i) => from + i,
      );
      return answers.columns(rows);
    },
    changes: ({ run, since }) => {
      const { answers } = this.#of(run);
      const { version, rows } = answers.changes(since);
      return { version, images: rows, columns: answers.columns(rows) };
    },
    settle: async ({ on }) => {
      await this.#settling?.choose(on);
    },
    balance: async ({ on }) => {
      const run = this.#run;
      if (run && (!on || (await this.#host.promiseBalance(run))))
        await this.#host.settlings.of(run).balance(on);
    },
    cancelSettling: () => {
      this.#settling?.cancel();
    },
    propose: async ({ on }) => {
      await this.#settling?.asked.ask(on);
    },
    proposeRandom: async () => {
      await this.#settling?.asked.askRandom();
    },
    keepClassifier: async () => {
      const run = this.#run;
      if (run)
        await this.#host.execute('semap.keepClassifier', run, this.#settling?.choice.balanced === true);
    },
    caution: ({ settings }) => {
      if (this.#run) this.#host.cautions.of(this.#run).choose(settings);
    },
    names: ({ run: number, from, to }) => {
      const run = this.#of(number);
      return run.predictions.slice(from, to).map((prediction) => shortPath(prediction.path, run.folders));
    },
    namesOf: ({ run: number, images }) => {
      const run = this.#of(number);
      return images.map((image) => shortPath(predictionAt(run, image).path, run.folders));
    },
    evidence: ({ run, image }, { signal }) => imageEvidence(this.#of(run), image, this.#host.engine, signal),
    looks: async ({ run }, { signal }) => {
      const { groups, looks } = await imageLooks(this.#of(run), this.#host.engine, signal);
      return { groups, looks };
    },
    showCell: async ({ run: number, image, source, target }, { signal }) => {
      const run = this.#of(number);
      const { plain, fired } = predictionAt(run, image);
      const told =
        source === undefined ? await decidingCells(run, image, this.#host.engine, signal) : undefined;
      const cell = told?.cells[0];
      // Cells explain what the mapping says of an image: not the settled answer, which no cell decided.
      const chosen = target ?? plain.target;
      const heard = fired.find((one) => targetsOf(run.alignment, one.source).includes(chosen));
      await this.#host.showCell({
        label: run.alignment.targets[chosen]?.label ?? '',
        target: chosen,
        source: source ?? cell?.source ?? heard?.source ?? fired[0]?.source ?? 0,
        alignment: run.alignmentPath,
      });
    },
    skipped: ({ run: number, from, to }) => {
      const run = this.#of(number);
      return run.skipped
        .slice(from, to)
        .map(({ path: file, reason }) => ({ name: shortPath(file, run.folders), reason: say(reason) }));
    },
    passedOver: ({ run: number }) => {
      const { folders, passedOver } = this.#of(number);
      if (!passedOver) return { summary: '', items: [] };
      return {
        summary: say(passedOverWords(passedOver)),
        items: passedOver.files.map(({ path: file, kind }) => ({
          name: shortPath(file, folders),
          reason: say(passedOverWord(kind)),
        })),
      };
    },
    thumbnail: ({ run, image, size }, { signal }) =>
      pictureOf(this.#host.engine, predictionAt(this.#of(run), image).path, {
        size,
        most: LARGEST_PICTURE,
        signal,
      }),
    open: async ({ run, image }) => {
      await this.#host.openImage(predictionAt(this.#of(run), image).path);
    },
    reveal: async ({ run, image }) => {
      await this.#host.reveal(predictionAt(this.#of(run), image).path);
    },
    copyPaths: async ({ run: number, images }) => {
      const run = this.#of(number);
      await this.#host.copy(images.map((image) => predictionAt(run, image).path).join('\n'));
    },
    rememberTileSize: ({ tileSize }) => {
      if (Number.isFinite(tileSize)) this.#host.tileSize = tileSize;
    },
    cancel: () => {
      this.#run?.cancel();
    },
    again: async () => {
      if (this.#run) await this.#host.again(this.#run);
    },
    restore: async () => {
      await this.#restore();
    },
    find: ({ run: number, names }) => {
      const run = this.#of(number);
      const wanted = new Set(names);
      const found = new Map<string, number>();
      for (let image = 0; image < run.predictions.length && found.size < wanted.size; image++) {
        const name = shortPath(run.predictions.at(image)!.path, run.folders);
        if (wanted.has(name)) found.set(name, image);
      }
      return names.map((name) => found.get(name) ?? -1);
    },
    resume: async () => {
      if (this.#run) await this.#host.resume(this.#run);
    },
    classify: async () => {
      await this.#host.execute('semap.classify');
    },
    addExpectation: async ({ run: number, image, label }) => {
      await this.#host.execute('semap.addExpectation', this.#of(number), { image, label });
    },
    export: async ({ images }, { signal }) => {
      await this.export(images, signal);
    },
  };

  /** Asks as what and where to, and writes what there is of the run, or of that some images. */
  async export(images?: readonly number[], signal = new AbortController().signal): Promise<void> {
    const run = this.#run;
    if (!run) return;
    // While images run, and without a cache, what is not known of them is left empty.
    const looks =
      run.state === 'running'
        ? undefined
        : await imageLooks(run, this.#host.engine, signal).catch(() => undefined);
    const source = runSource(run, { images, settling: this.#settling?.kept, looks });
    const moved = await this.#host.export(source, images !== undefined);
    if (moved) await run.noteMoved(moved, this.#host.engine);
  }

  #of(number: number): ClassifyRun {
    if (!this.#run || number !== this.#number)
      throw new SemapError('cancelled', phrase('Another run is shown.'));
    return this.#run;
  }

  #state(): ResultsState {
    const run = this.#run;
    if (!run) return this.#instead;
    const { progress, result, alignment } = run;
    const settling = this.#host.settlings.of(run).state;
    return {
      kind: 'run',
      run: this.#number,
      id: run.id,
      source: sourceOf(run, settling.shown ? (settling.balanced ? 'balanced' : 'settled') : undefined),
      notes: this.#notes(run),
      title: titleOf(run.folders),
      backbone: run.backbone,
      method: say(decidingLabel(alignment)),
      prompted: alignment.prompt !== undefined,
      phase: run.state,
      total: progress.total,
      listed: progress.listed,
      done: progress.done,
      cached: progress.cached,
      imagesPerSecond: progress.imagesPerSecond,
      predictions: run.predictions.length,
      gone: run.answers.gone.size,
      skipped: run.skipped.length,
      skippedFolders: run.skippedFolders,
      passedOver: run.passedOver && passedOverCount(run.passedOver),
      answers: run.answers.version,
      settling,
      caution: this.#host.cautions.of(run).state,
      correct: run.correct,
      judged: run.judged,
      mixed: progress.mixed,
      tileSize: this.#host.tileSize,
      secondsLeft: progress.secondsLeft,
      watching: run.watching,
      waiting: progress.waiting,
      paused: progress.paused && say(progress.paused),
      alignment: run.alignmentPath === undefined ? undefined : path.basename(run.alignmentPath),
      device: result && say(deviceName(result.device)),
      seconds: result?.seconds,
      perSplit: result?.perSplit,
      measuredOn: result?.measuredOn,
      expectedAccuracy: result?.expectedAccuracy,
      sha256: result?.backbone.sha256,
      withheld: withheldFrom(run),
      learnedFrom: result?.learnedFrom,
      outdated: this.#outdated(run),
      sought: this.#sought,
      problem: run.error && this.#feed.problem(this.#host.describeError(run.error)),
    };
  }

  #notes(run: ClassifyRun): readonly string[] {
    const { result, alignment, backbone } = run;
    // Beside what is said of the alignment, which the same button renews.
    const changed = this.#outdatedAlignment(run) && changedFoldersWords(run);
    const notes = changed ? [...run.notes, changed] : run.notes;
    if (!result || areOfBackbones(result.backbone, alignment)) return notes;
    return [...notes, say(otherFileText(backbone))];
  }

  #outdated(run: ClassifyRun): RunSummary['outdated'] {
    const message = changedFoldersWords(run);
    const changed = message === undefined ? undefined : { message, button: vscode.l10n.t('Classify Again') };
    return this.#outdatedAlignment(run) ?? changed;
  }

  #outdatedAlignment({ alignment, alignmentPath }: ClassifyRun): RunSummary['outdated'] {
    const { t } = vscode.l10n;
    const watched = this.#watched.value;
    if (alignmentPath === undefined || !watched?.wasRead) return undefined;
    const name = path.basename(alignmentPath);
    const now = watched.current;
    if (!now) {
      const message = t('{0} was deleted or renamed. These results are from its last version.', name);
      return { message, button: t('Classify Again') };
    }
    if (!now.forEngine) {
      return { message: t('Cannot read {0}. These results are from its last readable version.', name) };
    }
    if (decidedBy(now.forEngine) === decidedBy(alignment)) return undefined;
    const message = t('{0} was changed since these images were classified.', name);
    return { message, button: t('Score Again') };
  }
}

/** Where one label alone can be predicted, accuracy says nothing: not while the images run either. */
function withheldFrom({ result, alignment }: ClassifyRun): RunSummary['withheld'] {
  return result?.measuredOn.withheld ?? (answeringCount(alignment) < 2 ? 'one-label' : undefined);
}
