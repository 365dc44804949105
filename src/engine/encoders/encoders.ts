import { rm } from 'node:fs/promises';
import path from 'node:path';
import { modelFolderName } from '../../core/downloads/modelInstall.ts';
import { fileFailure } from '../../core/downloads/requests.ts';
import { knownEncoder } from '../../core/encoders/catalogue.ts';
import {
  checkTemplates,
  type EncodedLabel,
  type TemplateOptions,
  textsOf,
} from '../../core/encoders/templates.ts';
import { cancelled, problemOf, SemapError, toSemapError } from '../../core/errors.ts';
import { type Embeddings, ensemble, unitRows } from '../../core/similarity/embeddingSimilarity.ts';
import { listed, phrase } from '../../core/text/text.ts';
import { fileState } from '../../files/fileState.ts';
import type { EncoderCheck, EncoderEntry } from '../../protocol/encoders.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';
import { Thread } from '../threads/thread.ts';
import { type Embeddings as CachedEmbeddings, EmbeddingCache, type EmbeddingKey } from './embeddingCache.ts';
import { type EncoderFolder, findEncoderFolders, hashEncoder, inspectEncoder } from './encoderFolder.ts';
import type { EncoderWorkerApi } from './encoderWorker.ts';
import type { LogitScale } from './textEncoder.ts';

type EncoderThread = Thread<EncoderWorkerApi>;

export interface EncodersOptions {
  /** Folders whose sub-folders are installed encoders. */
  readonly roots: readonly string[];
  readonly cacheFolder: string;
  /** For inference; 0 = all cores. */
  readonly threads: number;
  /** After so long without use an encoder is freed. */
  readonly idleMilliseconds?: number;
}

export interface EncodeLabelsOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { done: number; total: number }) => void;
}

/**
 * The text encoders of this machine: lists them, and turns labels into embeddings by way of a cache on disk. At most one
 * is in memory, for as long as it is used.
 */
export class Encoders {
  readonly #options: Required<EncodersOptions>;
  readonly #cache: EmbeddingCache;
  readonly #hashes = new Map<string, { stamp: string; hash: string }>();
  #open: { hash: string; thread: Promise<EncoderThread> } | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  constructor(options: EncodersOptions) {
    this.#options = { idleMilliseconds: 120_000, ...options };
    this.#cache = new EmbeddingCache(options.cacheFolder);
  }

  /** The installed encoders; one that cannot be used carries its problem. */
  async list(): Promise<EncoderEntry[]> {
    return Promise.all((await findEncoderFolders(this.#options.roots)).map(entryOf));
  }

  /**
   * The folder that `ref` means: an absolute path, the name of an installed encoder, or an id of the catalogue; `clip`
   * and `minilm` also take what is nearest among the installed.
   * @throws {SemapError} not-found saying what is installed and how to install one
   */
  async find(ref: string): Promise<EncoderFolder> {
    if (path.isAbsolute(ref)) return inspectEncoder(ref);
    const folders = await findEncoderFolders(this.#options.roots);
    const named = (name: string) =>
      folders.find((folder) => path.basename(folder).toLowerCase() === name.toLowerCase());
    const known = knownEncoder(ref);
    const exact = named(ref) ?? (known && named(modelFolderName(known.repo, known.dtype, 'encoder')));
    if (exact !== undefined) return inspectEncoder(exact);
    if (ref === 'clip' || ref === 'minilm') {
      for (const folder of folders) {
        const facts = await inspectEncoder(folder).catch(() => undefined);
        if (facts?.kind === (ref === 'clip' ? 'text-tower' : 'sentence')) return facts;
      }
    }
    const installed = folders.map((folder) => path.basename(folder));
    throw new SemapError(
      'not-found',
      installed.length === 0
        ? phrase('Text encoder "{0}" not found. No text encoder is installed.', ref)
        : phrase('Text encoder "{0}" not found. Installed: {1}.', ref, listed(installed)),
      {
        hint: phrase(
          'Install one with "SeMap: Manage Text Encoders..." or `semap encoders install`, or give its folder.',
        ),
      },
    );
  }

  /** The encoder that `ref` means, by name and content. @throws {SemapError} not-found */
  async identify(ref: string): Promise<{ readonly name: string; readonly sha256: string }> {
    const facts = await this.find(ref);
    return { name: facts.name, sha256: await this.#hash(facts) };
  }

  /**
   * Embeds labels: per label the mean over the templates of the normalised embeddings, normalised. From the cache where
   * this encoder has seen these texts.
   * @throws {SemapError} not-found, cancelled, invalid-argument, unsupported-model, download-damaged
   */
  async encodeLabels(
    ref: string,
    labels: readonly EncodedLabel[],
    wording: TemplateOptions,
    options: EncodeLabelsOptions = {},
  ): Promise<CachedEmbeddings & { readonly cached: boolean }> {
    const facts = await this.find(ref);
    const templates = checkTemplates(wording.templates);
    const textsPerLabel = labels.map((label) => textsOf(label, { ...wording, templates }));
    const texts = textsPerLabel.flat();
    const hash = await this.#hash(facts);
    const key: EmbeddingKey = { encoder: facts.name, hash, texts, templates: templates.length };
    const cached = await this.#cache.read(key);
    if (cached) return { ...cached, cached: true };

    // The same text twice (two labels of one name) is encoded once.
    const unique = [...new Set(texts)];
    const rowOf = new Map(unique.map((text, row) => [text, row]));
    const { values: rows, dimension } = await this.#encode(facts, unique, options);
    const perTemplate = templates.map((_, template): Embeddings => {
      const all = new Float32Array(labels.length * dimension);
      textsPerLabel.forEach((own, label) => {
        const row = rowOf.get(own[template])!;
        all.set(rows.subarray(row * dimension, (row + 1) * dimension), label * dimension);
      });
      return { size: dimension, values: all };
    });
    const { values } = ensemble(perTemplate);
    if (!values.every(Number.isFinite)) {
      throw new SemapError(
        'unsupported-model',
        phrase('The embeddings of {0} are not finite numbers.', facts.name),
        { hint: phrase('Install the encoder again, or choose another precision.') },
      );
    }
    if (labels.length > 0) await this.#cache.write(key, { dimension, values });
    return { dimension, values, cached: false };
  }

  /** How a graph of both towers makes logits of cosines, run once; undefined where a model does not tell. */
  async logitScale(ref: string): Promise<LogitScale | undefined> {
    const facts = await this.find(ref);
    if (facts.kind !== 'text-tower' || facts.variant.model !== 'model') return undefined;
    const file = path.join(this.#options.cacheFolder, 'scales', `${await this.#hash(facts)}.json`);
    const known = (await readChecked(file)) as { readonly found?: LogitScale | null } | undefined;
    if (known?.found !== undefined) return known.found ?? undefined;
    const found = await this.#inTurn(async () => (await this.#threadFor(facts)).call('scale', undefined));
    await writeChecked(file, { found });
    return found ?? undefined;
  }

  /** Loads an encoder and sees whether it makes sense: a dog is nearer to a puppy than to a carburettor. */
  async check(ref: string, options: EncodeLabelsOptions = {}): Promise<EncoderCheck> {
    const facts = await this.find(ref);
    const texts = ['a photo of a dog.', 'a photo of a puppy.', 'a photo of a carburetor.'];
    const started = performance.now();
    const { values, dimension } = await this.#encode(facts, texts, options);
    const milliseconds = performance.now() - started;
    const rows = unitRows({ size: dimension, values });
    const cosine = (a: number, b: number) => {
      let sum = 0;
      for (let d = 0; d < dimension; d++) sum += rows[a * dimension + d] * rows[b * dimension + d];
      return sum;
    };
    const alike = cosine(0, 1);
    const unlike = cosine(0, 2);
    return {
      entry: await entryOf(facts.folder),
      sha256: await this.#hash(facts),
      dimension,
      milliseconds,
      sensible: Number.isFinite(alike) && Number.isFinite(unlike) && alike > unlike,
      similarities: { puppy: alike, carburetor: unlike },
    };
  }

  /**
   * Deletes an installed encoder, broken ones and what a stopped installation left of it included.
   * @throws {SemapError} not-found, not-writable, busy
   */
  async remove(name: string): Promise<void> {
    const folders = await findEncoderFolders(this.#options.roots);
    const folder = folders.find((each) => path.basename(each) === path.basename(name));
    if (folder === undefined) {
      throw new SemapError('not-found', phrase('Text encoder "{0}" is not installed.', name), {
        hint: phrase('List text encoders with "SeMap: Manage Text Encoders..." or `semap encoders list`.'),
      });
    }
    // On Windows an open model cannot be deleted.
    const freed = this.#turn.then(() => this.#close());
    this.#turn = freed;
    await freed;
    try {
      await rm(folder, { recursive: true, force: true });
      await rm(`${folder}.download`, { recursive: true, force: true });
    } catch (error) {
      throw fileFailure(error, folder);
    }
  }

  /** Frees the encoder in memory. */
  async dispose(): Promise<void> {
    clearTimeout(this.#idle);
    await this.#turn;
    await this.#close();
  }

  /** One after the other: a change of encoder waits for the run at hand. */
  #encode(
    facts: EncoderFolder,
    texts: readonly string[],
    { signal, onProgress }: EncodeLabelsOptions,
  ): Promise<{ values: Float32Array; dimension: number }> {
    return this.#inTurn(async () => {
      if (signal?.aborted) throw cancelled();
      if (texts.length === 0) return { values: new Float32Array(0), dimension: 0 };
      const thread = await this.#threadFor(facts);
      return thread.call('encode', { texts }, { signal, onProgress });
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(async () => {
      clearTimeout(this.#idle);
      try {
        return await work();
      } catch (error) {
        // A thread that broke down is not used again.
        if (toSemapError(error).reason === 'internal') await this.#close();
        throw error;
      } finally {
        this.#idle = setTimeout(() => {
          this.#turn = this.#turn.then(() => this.#close());
        }, this.#options.idleMilliseconds);
        this.#idle.unref();
      }
    });
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async #threadFor(facts: EncoderFolder): Promise<EncoderThread> {
    const hash = await this.#hash(facts);
    if (this.#open?.hash !== hash) {
      await this.#close();
      this.#open = { hash, thread: openEncoder(facts.folder, this.#options.threads) };
    }
    try {
      return await this.#open.thread;
    } catch (error) {
      this.#open = undefined;
      throw error;
    }
  }

  async #close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.thread.then(
      (thread) => thread.close(),
      () => {},
    );
  }

  /** Hashing a quarter of a gigabyte takes a while: once per state of the files. */
  async #hash(facts: EncoderFolder): Promise<string> {
    const files = facts.variant.files.map((file) => path.join(facts.folder, file.path));
    const stamp = JSON.stringify(await Promise.all(files.map(fileState)));
    const known = this.#hashes.get(facts.folder);
    if (known?.stamp === stamp) return known.hash;
    const hash = await hashEncoder(facts);
    this.#hashes.set(facts.folder, { stamp, hash });
    return hash;
  }
}

/** A text encoder in a thread of its own. @throws {SemapError} what `TextEncoder.open` throws */
async function openEncoder(folder: string, threads: number): Promise<EncoderThread> {
  const thread: EncoderThread = new Thread('encoders/encoderWorker');
  try {
    await thread.call('open', { folder, threads });
    return thread;
  } catch (error) {
    await thread.close();
    throw error;
  }
}

async function entryOf(folder: string): Promise<EncoderEntry> {
  const name = path.basename(folder);
  try {
    const { kind, modelType, variant } = await inspectEncoder(folder);
    return { name, folder, kind, modelType, dtype: variant.dtype, bytes: variant.bytes };
  } catch (error) {
    return { name, folder, problem: problemOf(error) };
  }
}
