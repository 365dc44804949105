import { toSemapError } from '../../src/core/errors.ts';
import { SHOWN } from '../../src/protocol/cautionView.ts';
import type { ResultsViewApi, RunSummary } from '../../src/protocol/resultsView.ts';
import type { Connection } from '../common/connection.ts';
import type { ResultTable } from './resultTable.ts';

/** Predictions asked for at once. */
const SLICE = 20_000;

interface TableFeedParts {
  readonly host: Connection<ResultsViewApi, object>['host'];
  /** The run that is shown and its table; undefined before its labels are known. */
  readonly shown: () => { readonly run: RunSummary; readonly table: ResultTable } | undefined;
  /** There are more rows. */
  readonly grown: () => Promise<void>;
  /** Rows are others. @param arrange whether they may stand elsewhere now */
  readonly changed: (images: Int32Array, arrange: boolean) => void;
  /** All is there that the host has. */
  readonly caughtUp: () => Promise<void>;
}

/** Brings the table of a run up to what the host has, one slice after the other. */
export class TableFeed {
  readonly #parts: TableFeedParts;
  #fetching = false;
  /** There may be more than what is being fetched. */
  #wanted = false;
  #toArrange = false;

  constructor(parts: TableFeedParts) {
    this.#parts = parts;
  }

  /** Other answers are on their way: images are filtered and sorted by them. */
  arrangeNext(): void {
    this.#toArrange = true;
  }

  async fetch(): Promise<void> {
    this.#wanted = true;
    if (this.#fetching) return;
    this.#fetching = true;
    try {
      while (this.#wanted) {
        this.#wanted = false;
        await this.#append();
        await this.#update();
        if (this.#parts.shown()) await this.#parts.caughtUp();
      }
    } catch (error) {
      // The state of the run that is shown now starts another fetch.
      ignoreCancelled(error);
    } finally {
      this.#fetching = false;
    }
  }

  async #append(): Promise<void> {
    const { host, shown, grown } = this.#parts;
    for (let now = shown(); now && now.table.length < now.run.predictions; now = shown()) {
      const { run, table } = now;
      const to = Math.min(run.predictions, table.length + SLICE);
      const columns = await host.call('columns', { run: run.run, from: table.length, to });
      if (table !== shown()?.table) continue;
      if (columns.predicted.length === 0) return;
      table.append(columns);
      await grown();
    }
  }

  /** Takes what changed of the answers that are here already. */
  async #update(): Promise<void> {
    const { host, shown, changed } = this.#parts;
    for (let now = shown(); now && now.table.version < now.run.answers; now = shown()) {
      const { run, table } = now;
      const changes = await host.call('changes', { run: run.run, since: table.version });
      if (table !== shown()?.table) continue;
      table.update(changes);
      const anyGone = changes.columns.said.includes(SHOWN.gone);
      changed(changes.images, this.#toArrange || anyGone);
      this.#toArrange = false;
    }
  }
}

/** A run that was replaced meanwhile refuses. */
export function ignoreCancelled(error: unknown): void {
  if (toSemapError(error).reason !== 'cancelled') throw error;
}
