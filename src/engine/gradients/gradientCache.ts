import { createHash } from 'node:crypto';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { moveDataOutside } from '../../core/onnx/externalData.ts';
import type { GradientGraph, GradientGraphFacts } from '../../core/onnx/gradientGraph.ts';
import type { ValueType } from '../../core/onnx/graph.ts';
import { decodeModel } from '../../core/onnx/protobuf/decode.ts';
import { encodeModel } from '../../core/onnx/protobuf/encode.ts';
import { hashOfFile } from '../../files/fileState.ts';
import { readChecked, writeCached, writeChecked } from '../cacheFiles.ts';

/** Goes up whenever the same model would give another graph. */
const VERSION = 8;
/** Graphs hold the weights, some of them twice: the oldest go when there is more than this. */
const MAX_BYTES = 2 ** 30;

interface Described extends Omit<GradientGraphFacts, 'outputs'> {
  readonly outputs: readonly (readonly [string, ValueType])[];
  /** Of the graph and of its weights, to notice one that is damaged. */
  readonly sha256: readonly string[];
}

/** What a graph consists of: itself, and its weights. */
const ENDINGS = ['onnx', 'data'] as const;

/** A gradient graph to open: in files, so that its weights are not in memory twice, or as bytes. */
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
      const files = ENDINGS.map((ending) => this.#file(key, ending));
      const sums = await Promise.all(files.map(async (file) => (await hashOfFile(file)).toString('hex')));
      if (String(sums) !== String(described.sha256)) return undefined;
      const now = new Date();
      await utimes(files[0], now, now).catch(() => {});
      const { inputs, outputs, scores } = described;
      return { model: files[0], inputs, outputs: new Map(outputs), scores };
    } catch {
      return undefined;
    }
  }

  /** The description is written last: a graph without one is as if it were not there. @returns the graph as stored */
  async write(key: string, graph: GradientGraph): Promise<StoredGraph> {
    const { inputs, outputs, scores } = graph;
    const facts = { inputs, outputs, scores };
    const model = decodeModel(graph.bytes);
    const data = moveDataOutside(model, `${key}.data`);
    const parts = [encodeModel(model), data];
    for (const [i, ending] of ENDINGS.entries()) {
      if (!(await writeCached(this.#file(key, ending), parts[i]))) return { model: graph.bytes, ...facts };
    }
    const sha256 = parts.map((part) => createHash('sha256').update(part).digest('hex'));
    const described = { inputs, outputs: [...outputs], scores, sha256 } satisfies Described;
    await writeChecked(this.#file(key, 'json'), described);
    await this.#prune();
    return { model: this.#file(key, 'onnx'), ...facts };
  }

  #file(key: string, ending: string): string {
    return path.join(this.#folder, `${key}.${ending}`);
  }

  async #prune(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.onnx'));
    const files = await Promise.all(
      names.map(async (name) => {
        const key = name.slice(0, -'.onnx'.length);
        const { mtimeMs } = await stat(path.join(this.#folder, name));
        return { key, mtimeMs, size: await storedBytes(path.join(this.#folder, name)) };
      }),
    );
    files.sort((a, b) => b.mtimeMs - a.mtimeMs);
    let total = 0;
    for (const { key, size } of files) {
      total += size;
      if (total <= MAX_BYTES) continue;
      // A session may still have the weights mapped, which some systems do not let go: they go the next time.
      for (const ending of ['json', ...ENDINGS])
        await rm(this.#file(key, ending), { force: true }).catch(() => {});
    }
  }
}

/** Bytes of a stored graph, with its weights. */
export async function storedBytes(model: string | Uint8Array): Promise<number> {
  if (typeof model !== 'string') return model.byteLength;
  const files = ENDINGS.map((ending) => model.replace(/onnx$/, ending));
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
