import { createHash } from 'node:crypto';
import os, { cpus } from 'node:os';
import path from 'node:path';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import type { DeviceInfo } from '../../core/runs/run.ts';
import { percent } from '../../core/text/numbers.ts';
import { listed, phrase, readText, type Text, verbatim } from '../../core/text/text.ts';
import {
  DEVICE_CHOICES,
  type DeviceChoice,
  type DeviceReport,
  type ProviderFigures,
  type ProviderVerdict,
} from '../../protocol/device.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';
import { appendOf } from '../models/addedOutputs.ts';
import { ortSentence } from '../models/onnxruntime.ts';
import { graphicsNames } from './graphicsNames.ts';
import type { RunSpec, RuntimeInfo } from './inferenceWorker.ts';
import { specOf } from './lane.ts';
import type { ProbeReply, ProbeRequest, StepReply, StepRequest } from './providerProbe.ts';
import { TINY_MODEL, TINY_SPEC } from './tinyModel.ts';

const CHOSEN = phrase('Chosen in the settings.');

/** Scores that differ by more than this share of the largest are not trusted. */
const TOLERANCE = 0.02;
/** Those that a person can choose; others (TensorRT, QNN) want models of their own. */
const OFFERED: readonly string[] = DEVICE_CHOICES.filter((name) => !['auto', 'cpu', 'wasm'].includes(name));
/** Grows when devices are tried in another way. */
const VERSION = 1;

interface Options {
  readonly cacheFolder: string;
  readonly runtime: RuntimeInfo;
  readonly wanted: DeviceChoice;
  readonly threads: number;
  readonly probe: (request: ProbeRequest, signal?: AbortSignal) => Promise<ProbeReply>;
  readonly step: (request: StepRequest, signal?: AbortSignal) => Promise<StepReply>;
}

/** Where a backbone runs. */
export interface ChosenDevice {
  readonly provider: string;
  readonly device: DeviceInfo;
}

interface Remembered {
  readonly version: number;
  readonly verdicts: readonly ProviderVerdict[];
}

/**
 * Chooses the execution provider for each backbone. What was compiled in says nothing of what works: every provider is
 * tried on a small model, then on the backbone itself, in a process of its own, and compared with the CPU. Verdicts are
 * remembered by onnxruntime's version, threads and the backbone's content.
 */
export class Devices {
  readonly #options: Options;
  readonly #folder: string;
  readonly #asked = new Map<string, Promise<readonly ProviderVerdict[]>>();
  /** Providers that failed in a run of this process, by the backbone's hash. */
  readonly #failed = new Map<string, ProviderVerdict>();

  constructor(options: Options) {
    this.#options = options;
    this.#folder = path.join(options.cacheFolder, 'devices');
  }

  /** What onnxruntime was built with, beside the CPU. */
  get others(): readonly string[] {
    return this.#options.runtime.backends.filter((name) => OFFERED.includes(name));
  }

  /** The CPU, and why it is that. */
  cpu(why: Text): DeviceInfo {
    const name = cpus()[0]?.model.trim() || os.arch();
    return { provider: this.#own, name, threads: this.#options.threads, why };
  }

  /** What the CPU is called: inside the engine it is always `cpu`. */
  get #own(): 'cpu' | 'wasm' {
    return this.#options.runtime.kind === 'wasm' ? 'wasm' : 'cpu';
  }

  /** What is said before any backbone was loaded. */
  start(): DeviceInfo {
    const { wanted, runtime } = this.#options;
    if (runtime.kind === 'wasm') return this.cpu(this.#whyWasm());
    if (wanted === 'cpu') return this.cpu(CHOSEN);
    if (this.others.length === 0)
      return this.cpu(phrase('onnxruntime offers no other device on this platform.'));
    if (wanted !== 'auto' && !this.others.includes(wanted)) return this.cpu(this.#notBuilt(wanted));
    const candidates = wanted === 'auto' ? listed(this.others) : wanted;
    return this.cpu(phrase('Will be compared with {0} when a backbone is loaded.', candidates));
  }

  /** Says that everything is slower here, and why: once, until the reason is another. */
  async tellOnce(tell: (message: Text) => void): Promise<void> {
    const { instead, version } = this.#options.runtime;
    if (instead === undefined) return;
    const file = path.join(this.#folder, 'told.json');
    const about = JSON.stringify([version, instead]);
    if ((await readChecked(file)) === about) return;
    tell(phrase('{0} SeMap runs backbones as WebAssembly: the same scores, several times slower.', instead));
    await writeChecked(file, about);
  }

  /** Where a backbone runs: what the person set where that works, else the fastest that agrees with the CPU. */
  async choose(backbone: BackboneDescription, signal?: AbortSignal): Promise<ChosenDevice> {
    const { wanted } = this.#options;
    const cpu = (why: Text) => ({ provider: 'cpu', device: this.cpu(why) });
    if (wanted === 'cpu' || this.others.length === 0) return cpu(this.start().why);
    if (wanted !== 'auto' && !this.others.includes(wanted)) return cpu(this.#notBuilt(wanted));
    const failure = this.#failed.get(backbone.sha256);
    if (failure) return cpu(phrase('{0} failed: {1}', failure.provider, failure.reason));
    const verdicts = await this.verdicts(backbone, signal);
    return this.#best(verdicts);
  }

  /** Verdicts on a backbone, found out where they are not known. */
  verdicts(backbone: BackboneDescription, signal?: AbortSignal): Promise<readonly ProviderVerdict[]> {
    const key = backbone.sha256;
    let asked = this.#asked.get(key);
    if (!asked) {
      asked = this.#verdicts(backbone, signal);
      this.#asked.set(key, asked);
      asked.catch(() => this.#asked.delete(key));
    }
    return asked;
  }

  /** Verdicts on a backbone as far as they are known. */
  async known(sha256: string): Promise<readonly ProviderVerdict[]> {
    const remembered = (await readChecked(this.#file(sha256))) as Remembered | undefined;
    if (remembered?.version !== VERSION) return [];
    return remembered.verdicts.map((one) => ({ ...one, reason: readText(one.reason) ?? verbatim('') }));
  }

  /** Tries everything anew. */
  async check(backbone: BackboneDescription, signal?: AbortSignal): Promise<DeviceReport> {
    this.#asked.clear();
    this.#failed.clear();
    const tiny = await this.#tryAll(TINY_MODEL, TINY_SPEC, this.others, signal);
    await this.#remember('tiny', tiny);
    const verdicts = await this.#on(backbone, tiny, signal);
    await this.#remember(backbone.sha256, verdicts);
    this.#asked.set(backbone.sha256, Promise.resolve(verdicts));
    const { wanted } = this.#options;
    const isSettled = wanted === 'cpu' || this.#own === 'wasm';
    const chosen = isSettled ? { device: this.start() } : this.#best(verdicts);
    const figures: ProviderFigures[] = [];
    for (const { provider, works } of verdicts) {
      const found = works ? await this.#figures(provider, backbone, signal) : undefined;
      if (found) figures.push(found);
    }
    const graphics = await graphicsNames();
    // What the CPU is called, as a person reads it.
    const named = <T extends { readonly provider: string }>(one: T): T =>
      one.provider === 'cpu' ? { ...one, provider: this.#own } : one;
    return {
      backbone: backbone.name,
      verdicts: verdicts.map(named),
      figures: figures.map(named),
      graphics,
      device: chosen.device,
    };
  }

  /** How right and how fast a provider is; undefined where the backbone does not run on it after all. */
  async #figures(
    provider: string,
    backbone: BackboneDescription,
    signal?: AbortSignal,
  ): Promise<ProviderFigures | undefined> {
    const { probe, step, threads } = this.#options;
    const spec = { ...specOf(backbone), scores: { kind: undefined } };
    const model = backbone.path;
    const ran = await probe({ provider, model, spec, append: appendOf(backbone), threads }, signal);
    if (ran.kind === 'failed') return undefined;
    const trained = await step({ provider, backbone, threads }, signal);
    signal?.throwIfAborted();
    const milliseconds = provider === 'cpu' ? ran.cpuMilliseconds : ran.milliseconds;
    const figures: Omit<ProviderFigures, 'text'> = {
      provider,
      scoreDifference: ran.difference,
      imagesPerSecond: 1000 / milliseconds,
      step:
        trained.kind === 'failed'
          ? { problem: trained.message }
          : {
              images: trained.images,
              difference: trained.difference,
              stepsPerSecond: 1000 / trained.milliseconds,
            },
    };
    return { ...figures, text: figuresText(figures, this.#own) };
  }

  /** A provider gave up in a run: it is not chosen for this backbone again until the next check. */
  async failed(provider: string, sha256: string, reason: string): Promise<void> {
    const verdict = {
      provider,
      works: false,
      reason: phrase('Failed during a run: {0}', ortSentence(reason)),
    };
    this.#failed.set(sha256, verdict);
    const before = await this.known(sha256);
    await this.#remember(
      sha256,
      before.map((one) => (one.provider === provider ? verdict : one)),
    );
  }

  #whyWasm(): Text {
    const { wanted, runtime } = this.#options;
    if (runtime.instead === undefined) return CHOSEN;
    const slower = phrase('{0} WebAssembly runs in its place, several times slower.', runtime.instead);
    return ['auto', 'cpu', 'wasm'].includes(wanted)
      ? slower
      : phrase('{0} {1}', this.#notBuilt(wanted), slower);
  }

  #notBuilt(wanted: string): Text {
    const offered = listed([this.#own, ...this.others]);
    return phrase(
      'The setting asks for {0}, but onnxruntime offers only {1} on this platform.',
      wanted,
      offered,
    );
  }

  #best(verdicts: readonly ProviderVerdict[]): ChosenDevice {
    const { wanted } = this.#options;
    const cpu = verdicts.find(({ provider }) => provider === 'cpu');
    const usable = verdicts.filter(({ works, provider }) => works && provider !== 'cpu');
    const why = verdicts
      .filter(({ provider }) => provider !== 'cpu')
      .map(({ provider, reason }) => phrase('{0}: {1}', provider, reason))
      .reduce((all, one) => phrase('{0} {1}', all, one));
    if (wanted !== 'auto') {
      const set = usable.find(({ provider }) => provider === wanted);
      if (set) return { provider: wanted, device: { provider: wanted, name: wanted, why: CHOSEN } };
      return {
        provider: 'cpu',
        device: this.cpu(phrase('The setting asks for {0}, which does not work. {1}', wanted, why)),
      };
    }
    const time = ({ milliseconds = Number.POSITIVE_INFINITY }: ProviderVerdict) => milliseconds;
    const fastest = [...usable].sort((a, b) => time(a) - time(b))[0];
    if (!fastest || (cpu && time(fastest) >= time(cpu))) return { provider: 'cpu', device: this.cpu(why) };
    const { provider, reason } = fastest;
    return { provider, device: { provider, name: provider, why: reason } };
  }

  async #verdicts(backbone: BackboneDescription, signal?: AbortSignal): Promise<readonly ProviderVerdict[]> {
    const known = await this.known(backbone.sha256);
    if (known.length > 0) return known;
    let tiny = await this.known('tiny');
    if (tiny.length === 0) {
      tiny = await this.#tryAll(TINY_MODEL, TINY_SPEC, this.others, signal);
      await this.#remember('tiny', tiny);
    }
    const verdicts = await this.#on(backbone, tiny, signal);
    await this.#remember(backbone.sha256, verdicts);
    return verdicts;
  }

  /** Of those that run a small model, what becomes of the backbone. */
  async #on(
    backbone: BackboneDescription,
    tiny: readonly ProviderVerdict[],
    signal?: AbortSignal,
  ): Promise<readonly ProviderVerdict[]> {
    const able = tiny
      .filter(({ works, provider }) => works && provider !== 'cpu')
      .map(({ provider }) => provider);
    if (able.length === 0) return tiny;
    // What stands before the backbone is made on the CPU anyway.
    const { prompt: _, ...input } = backbone.input;
    const spec = { ...specOf(backbone), input, scores: { kind: undefined } };
    const tried = await this.#tryAll(backbone.path, spec, able, signal, appendOf(backbone));
    return [...tried, ...tiny.filter(({ works, provider }) => !works && provider !== 'cpu')];
  }

  /** One after the other: they would disturb each other's times. */
  async #tryAll(
    model: string | Uint8Array,
    spec: RunSpec,
    providers: readonly string[],
    signal?: AbortSignal,
    append?: Uint8Array,
  ): Promise<readonly ProviderVerdict[]> {
    const { probe, threads } = this.#options;
    const verdicts: ProviderVerdict[] = [];
    let cpu: number | undefined;
    for (const provider of providers) {
      const reply = await probe({ provider, model, spec, append, threads }, signal);
      signal?.throwIfAborted();
      if (reply.kind === 'ran') cpu = Math.min(cpu ?? Number.POSITIVE_INFINITY, reply.cpuMilliseconds);
      verdicts.push(verdictOf(provider, reply));
    }
    const own = {
      provider: 'cpu',
      works: true,
      reason: cpu === undefined ? phrase('Always works.') : phrase('{0} ms per image.', cpu.toFixed(1)),
      milliseconds: cpu,
    };
    return [own, ...verdicts];
  }

  #remember(sha256: string, verdicts: readonly ProviderVerdict[]): Promise<void> {
    return writeChecked(this.#file(sha256), { version: VERSION, verdicts } satisfies Remembered);
  }

  #file(sha256: string): string {
    const { runtime, threads } = this.#options;
    const machine = JSON.stringify([runtime.version, this.others, threads, os.hostname(), os.arch()]);
    const key = createHash('sha256').update(`${machine}\n${sha256}`).digest('hex').slice(0, 32);
    return path.join(this.#folder, `${key}.json`);
  }
}

function figuresText(
  { scoreDifference, imagesPerSecond, step }: Omit<ProviderFigures, 'text'>,
  own: 'cpu' | 'wasm',
): Text {
  // There is no other CPU to compare WebAssembly with.
  if (own === 'wasm') return wasmFigures(imagesPerSecond, step);
  const off = (share: number) => (share === 0 ? '0' : share.toExponential(0));
  const classified = phrase(
    "{0} images a second, scores off the CPU's by {1} of the largest.",
    imagesPerSecond.toPrecision(3),
    off(scoreDifference),
  );
  const trained =
    'problem' in step
      ? phrase('A training step does not run: {0}', step.problem)
      : phrase(
          "Training steps of {1} images: {0} a second, gradients off the CPU's by {2} of their length.",
          step.stepsPerSecond.toPrecision(3),
          step.images,
          off(step.difference),
        );
  return phrase('{0} {1}', classified, trained);
}

function wasmFigures(imagesPerSecond: number, step: ProviderFigures['step']): Text {
  const classified = phrase('{0} images a second in one thread.', imagesPerSecond.toPrecision(3));
  const trained =
    'problem' in step
      ? phrase('A training step does not run: {0}', step.problem)
      : phrase(
          'Training steps of {1} images: {0} a second in one thread.',
          step.stepsPerSecond.toPrecision(3),
          step.images,
        );
  return phrase('{0} {1}', classified, trained);
}

function verdictOf(provider: string, reply: ProbeReply): ProviderVerdict {
  if (reply.kind === 'failed') return { provider, works: false, reason: reply.message };
  const { milliseconds, cpuMilliseconds, difference, agrees } = reply;
  if (!agrees || difference > TOLERANCE) {
    const reason = Number.isFinite(difference)
      ? phrase("Its scores differ from the CPU's by {0}.", percent(difference))
      : phrase('Its scores are not numbers.');
    return { provider, works: false, reason, milliseconds };
  }
  const times = [milliseconds, cpuMilliseconds].map((time) => time.toFixed(1));
  const reason = phrase('{0} ms per image, against {1} ms on the CPU.', ...times);
  return { provider, works: true, reason, milliseconds };
}
