import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { EngineSession } from '../../src/cli/engineSession.ts';
import { semap } from '../../src/cli/semap.ts';
import type { AlignmentDocument } from '../../src/core/alignments/alignment.ts';
import { alignmentScorer } from '../../src/core/alignments/alignmentScorer.ts';
import { decidedTarget } from '../../src/core/mapping/scoring.ts';
import { engineFiles } from '../unit/programs.ts';

/*
 * npm run build && npm run bench:exports [-- --only gray,zip-map --folder /tmp/semap-exports]
 *
 * What other programs export of three trained classifiers (exports/producers.py: python3 with onnx, Pillow, NumPy, OpenCV), and
 * how right SeMap is with it, beside the producer's own pipeline: its pixels, run by onnxruntime, under the same alignment. Needs
 * the test data. Each export is added as a person would: first as it is, then with the guesses, then with what somebody says
 * who knows how it was made.
 * With --quick, only the last of them; with --measured, guesses are measured on the images of the classes.
 *   right      without a word, or "guessed": with --accept-guesses, or "said": with options; within half a point
 *   refused    by a message that says why
 *   WRONG      anything else
 */

const root = path.join(import.meta.dirname, '../..');
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');
const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    folder: { type: 'string', default: path.join(os.tmpdir(), 'semap-exports') },
    python: { type: 'string', default: '/usr/bin/python3' },
    measured: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
  },
});
/** How many points of accuracy count as none. */
const NEAR = 0.5;

interface Export {
  readonly name: string;
  readonly model: string;
  /** The net without the oddities of its export, and what the producer feeds it. */
  readonly base: string;
  readonly input: string;
  readonly dims: readonly number[];
  readonly images: readonly string[];
  readonly classes: readonly string[];
  readonly labelOptions: readonly string[];
  readonly said: readonly string[];
  /** What the message must match, where the export cannot be used. */
  readonly refuse: string | null;
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

EngineSession.files = engineFiles;
process.env['ORT_DISABLE_TELEMETRY'] = '1';
const folder = path.resolve(options.folder);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
execFileSync(options.python, [
  path.join(import.meta.dirname, 'exports/producers.py'),
  data,
  path.join(root, 'dist/models/starter.onnx'),
  folder,
  ...(options.only ? [options.only] : []),
]);
const exports: readonly Export[] = JSON.parse(readFileSync(path.join(folder, 'exports.json'), 'utf8'));

/** One engine for the commands of one attempt: its start is most of what they take. */
let engine: EngineSession | undefined;
const start = EngineSession.start.bind(EngineSession);
const stops = new WeakMap<EngineSession, () => Promise<void>>();
EngineSession.start = async (setup) => {
  if (engine === undefined) {
    engine = await start(setup);
    stops.set(engine, engine.stop.bind(engine));
    engine.stop = () => Promise.resolve();
  }
  return engine;
};

async function stopEngine(): Promise<void> {
  if (engine) await stops.get(engine)?.();
  engine = undefined;
}

async function run(argv: readonly string[]): Promise<Ran> {
  let [out, err] = ['', ''];
  const terminal = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    interactive: false,
    columns: 200,
  };
  const code = await semap({ argv, terminal, signal: new AbortController().signal, version: '0.0.0' });
  return { code, out, err };
}

/** What the producer's pipeline says of every image: rows of logits, log p where its net gives probabilities. */
const rows = new Map<string, Promise<Float32Array>>();
function producerRows(one: Export): Promise<Float32Array> {
  const key = `${one.base} ${one.input}`;
  const made = rows.get(key) ?? runProducer(one);
  rows.set(key, made);
  return made;
}

async function runProducer({ base, input, dims }: Export): Promise<Float32Array> {
  const ort = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(base);
  const bytes = readFileSync(input);
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const each = all.length / dims[0];
  const outputs: Float32Array[] = [];
  for (let at = 0; at < dims[0]; at++) {
    const tensor = new ort.Tensor('float32', all.slice(at * each, (at + 1) * each), [1, ...dims.slice(1)]);
    const result = await session.run({ [session.inputNames[0]]: tensor });
    outputs.push(result[session.outputNames[0]].data as Float32Array);
  }
  await session.release();
  const width = outputs[0].length;
  const flat = new Float32Array(dims[0] * width);
  for (const [at, output] of outputs.entries()) {
    const sum = output.reduce((total, value) => total + value, 0);
    const probabilities = Math.abs(sum - 1) < 0.02 && output.every((value) => value >= 0);
    flat.set(probabilities ? output.map((p) => Math.log(Math.max(p, 1e-30))) : output, at * width);
  }
  return flat;
}

interface Attempt {
  readonly outcome: 'right' | 'wrong' | 'asked' | 'refused' | 'unknown-option';
  readonly message: string;
  /** In percent. */
  readonly accuracy?: number;
  readonly expected?: number;
  readonly same?: number;
}

/** Adds the export with these options in an installation of its own, and classifies with it. */
async function attempt(one: Export, way: string, said: readonly string[]): Promise<Attempt> {
  const own = path.join(folder, '.installations', one.name, way);
  const setup = [
    `--cache-folder=${own}/cache`,
    `--backbone-folder=${own}/backbones`,
    '--device=cpu',
    '--threads=2',
  ];
  mkdirSync(`${own}/cache`, { recursive: true });
  process.chdir(path.join(folder, one.name));
  try {
    const before = existsSync(one.model);
    const added = await run(['backbones', 'add', one.model, ...said, '--json', ...setup]);
    const message = added.err.trim();
    if (options.verbose) console.error(`${one.name} ${way}: ${added.code}\n${added.err}`);
    if (!existsSync(one.model) && before) throw new Error(`${one.model} is lost`);
    if (/unknown option|must be one of|has no option|Unknown/i.test(message))
      return { outcome: 'unknown-option', message };
    if (/has no description of/.test(message)) return { outcome: 'asked', message };
    if (added.code !== 0) return { outcome: 'refused', message };
    const { folder: installed } = JSON.parse(added.out);
    const document = path.join(own, 'a.semap.json');
    const aligned = await run([
      ...['align', '--labels', one.classes.join(','), '--backbone', installed, '-o', document],
      ...setup,
    ]);
    if (aligned.code !== 0) return { outcome: 'refused', message: `align: ${aligned.err.trim()}` };
    const images = path.dirname(path.dirname(one.images[0]));
    const classified = await run([
      'classify',
      images,
      '--alignment',
      document,
      '--no-settle',
      '--json',
      ...setup,
    ]);
    if (classified.code !== 0) return { outcome: 'refused', message: `classify: ${classified.err.trim()}` };
    const said_ = new Map<string, string>(
      JSON.parse(classified.out).predictions.map((p: { path: string; label: string }) => [p.path, p.label]),
    );
    const alignment: AlignmentDocument = JSON.parse(readFileSync(document, 'utf8'));
    const scorer = alignmentScorer(alignment);
    const logits = await producerRows(one);
    const width = logits.length / one.images.length;
    const targets = alignment.targets.map(({ label }) => label);
    let [right, expected, same] = [0, 0, 0];
    for (const [i, image] of one.images.entries()) {
      const truth = targets[one.classes.indexOf(path.basename(path.dirname(image)))];
      const row = logits.subarray(i * width, (i + 1) * width);
      const scores = scorer.score(row);
      const producers = targets[decidedTarget(scores)];
      if (said_.get(image) === truth) right++;
      if (producers === truth) expected++;
      if (said_.get(image) === producers) same++;
    }
    const percent = (count: number) => (100 * count) / one.images.length;
    const [accuracy, wanted] = [percent(right), percent(expected)];
    const outcome = Math.abs(accuracy - wanted) <= NEAR ? 'right' : 'wrong';
    return { outcome, message, accuracy, expected: wanted, same: percent(same) };
  } catch (error) {
    return { outcome: 'wrong', message: String((error as Error).stack) };
  } finally {
    await stopEngine();
    process.chdir(folder);
    rmSync(path.join(own, 'backbones'), { recursive: true, force: true });
  }
}

function figures({ accuracy, expected, same }: Attempt): string {
  if (accuracy === undefined || expected === undefined) return '';
  return `${accuracy.toFixed(1)} for ${expected.toFixed(1)}, ${same?.toFixed(0)}% the same`;
}

function firstLine(message: string): string {
  const lines = message.split('\n').filter((line) => line.startsWith('semap:') || line.startsWith('  '));
  const at = lines.findIndex((line) => line.startsWith('semap:'));
  return (at < 0 ? message : lines.slice(at).join(' ')).replace(/\s+/g, ' ').slice(0, 260);
}

async function attempts(one: Export): Promise<readonly [string, Attempt][]> {
  const ways: [string, readonly string[]][] = [
    ['as it is', []],
    [
      'guessed',
      [
        ...one.labelOptions,
        '--accept-guesses',
        ...(options.measured ? ['--image', path.dirname(path.dirname(one.images[0]))] : []),
      ],
    ],
    ...(one.said.length > 0 ? [['said', one.said] as [string, readonly string[]]] : []),
  ];
  const tries: [string, Attempt][] = [];
  for (const [way, said] of options.quick ? ways.slice(-1) : ways) {
    tries.push([way, await attempt(one, way, said)]);
    if (!['asked', 'refused'].includes(tries[0][1].outcome)) break;
  }
  return tries;
}

const counts = new Map<string, number>();
const failed: string[] = [];
for (const one of exports) {
  const tries = await attempts(one);
  const messages = tries
    .map(([, { message }]) => message.replace(/^(Copied|Guesses for) .*$/gm, ''))
    .join(' ');
  const last = tries.at(-1)![1];
  // What somebody says must be right, whatever is guessed.
  const good = last.outcome === 'right' ? tries.find(([, { outcome }]) => outcome === 'right') : undefined;
  const named = one.refuse !== null && new RegExp(one.refuse, 'i').test(messages.replace(/\s+/g, ' '));
  let verdict: string;
  if (named && ['refused', 'asked'].includes(last.outcome)) verdict = last.outcome;
  else if (named && last.outcome === 'right') verdict = 'warned';
  else if (one.refuse === null && good) verdict = good[0] === 'as it is' ? 'right' : `right, ${good[0]}`;
  else verdict = 'WRONG';
  counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  if (verdict === 'WRONG') failed.push(one.name);
  const guessed = tries.find(([way]) => way === 'guessed')?.[1];
  const detail = verdict.startsWith('right')
    ? [figures(last), last !== guessed && guessed ? `guessed: ${guessed.outcome} ${figures(guessed)}` : '']
    : tries.map(([way, tried]) => `${way}: ${tried.outcome} ${figures(tried)} ${firstLine(tried.message)}`);
  console.log(`${one.name.padEnd(26)} ${verdict.padEnd(15)} ${detail.filter(Boolean).join('; ')}`);
}
console.log(
  `\n${exports.length} exports: ${[...counts].map(([verdict, n]) => `${n} ${verdict}`).join(', ')}`,
);
if (failed.length > 0) console.log(`WRONG: ${failed.join(' ')}`);
