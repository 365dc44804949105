import { createHash } from 'node:crypto';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { GradientGraph, GradientGraphFacts } from '../../core/onnx/gradientGraph.ts';
import type { ValueType } from '../../core/onnx/graph.ts';
import { hashOfFile } from '../../files/fileState.ts';
import { readChecked, writeCached, writeChecked } from '../cacheFiles.ts';

/** Goes up whenever the same model would give another graph. */
const VERSION = 6;
/** Graphs hold the weights, some of them twice: the oldest go when there is more than this. */
const MAX_BYTES = 2 ** 30;

interface Described extends Omit<GradientGraphFacts, 'outputs'> {
  readonly outputs: readonly (readonly [string, ValueType])[];
  /** Of the graph's bytes, to notice one that is damaged. */
  readonly sha256: string;
}

/** A gradient graph to open: in a file, so that its weights are not in memory twice, or as bytes. */
export interface StoredGraph extends GradientGraphFacts {
  readonly model: string | Uint8Array;
}

/** Gradient graphs on disk, by what they were made of. A folder that cannot be written to only costs time. */
export class GradientCache {
  readonly #folder: string;

  constructor(cacheFolder: string) {
    this.#folder = path.join(cacheFolder, 'gradients');
  }

  /** @param made everything that decides what the graph looks like */
  static key(made: Readonly<Record<string, unknown>>): string {
    return createHash('sha256')
      .update(JSON.stringify({ VERSION, ...made }))
      .digest('hex')
      .slice(0, 32);
  }

  async read(key: string): Promise<StoredGraph | undefined> {
    const described = (await readChecked(this.#file(key, 'json'))) as Described | undefined;
    if (described === undefined) return undefined;
    try {
      const model = this.#file(key, 'onnx');
      if ((await hashOfFile(model)).toString('hex') !== described.sha256) return undefined;
      const now = new Date();
      await utimes(model, now, now).catch(() => {});
      const { inputs, outputs, scores } = described;
      return { model, inputs, outputs: new Map(outputs), scores };
    } catch {
      return undefined;
    }
  }

  /** The description is written last: a graph without one is as if it were not there. @returns the graph as stored */
  async write(key: string, graph: GradientGraph): Promise<StoredGraph> {
    const file = this.#file(key, 'onnx');
    const { inputs, outputs, scores } = graph;
    const facts = { inputs, outputs, scores };
    if (!(await writeCached(file, graph.bytes))) return { model: graph.bytes, ...facts };
    const sha256 = createHash('sha256').update(graph.bytes).digest('hex');
    const described = { inputs, outputs: [...outputs], scores, sha256 } satisfies Described;
    await writeChecked(this.#file(key, 'json'), described);
    await this.#prune();
    return { model: file, ...facts };
  }

  #file(key: string, ending: string): string {
    return path.join(this.#folder, `${key}.${ending}`);
  }

  async #prune(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.onnx'));
    const files = await Promise.all(
      names.map(async (name) => ({ name, state: await stat(path.join(this.#folder, name)) })),
    );
    files.sort((a, b) => b.state.mtimeMs - a.state.mtimeMs);
    let total = 0;
    for (const { name, state } of files) {
      total += state.size;
      if (total <= MAX_BYTES) continue;
      await rm(path.join(this.#folder, name.replace(/onnx$/, 'json')), { force: true });
      await rm(path.join(this.#folder, name), { force: true });
    }
  }
}
