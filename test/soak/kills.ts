import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { seededRandom } from '../../src/core/random.ts';
import { meanColour } from '../unit/engine/classifierModel.ts';
import { sidecarOfSize, writeBackbone, writeColourImages } from '../unit/engine/colours.ts';
import { scratch } from '../unit/engine/engineHarness.ts';
import { Commands, temporariesBelow } from './commands.ts';

/** A number from 0 to 1, the same for the same seed. */
type Draw = () => number;

/** What is killed, and what must hold afterwards. */
interface Kind {
  readonly name: string;
  /** @returns what is wrong after a try in a home of its own */
  attempt(home: string, draw: Draw): Promise<readonly string[]>;
}

export interface KillsOptions {
  /** Of each kind. */
  readonly tries: number;
  readonly seed: number;
  /** Names of kinds; all by default. */
  readonly kinds?: readonly string[] | undefined;
  readonly log?: (line: string) => void;
}

/** Kills commands at times drawn by `seed`, then looks whether anything was lost or is half done: each names kind, try and seed. */
export async function soakKills({ tries, seed, kinds, log = () => {} }: KillsOptions): Promise<string[]> {
  const files = scratch();
  const commands = new Commands(files);
  const problems: string[] = [];
  try {
    for (const kind of await allKinds(commands)) {
      if (kinds && !kinds.includes(kind.name)) continue;
      for (let attempt = 0; attempt < tries; attempt++) {
        const home = `${kind.name}-${attempt}`;
        mkdirSync(files.path(home));
        const draw = seededRandom(seed * 1000 + attempt);
        const found = await kind.attempt(home, draw).catch((error: Error) => [error.stack ?? error.message]);
        const left = temporariesBelow(files.path(home)).map((name) => `${name} is left`);
        const told = [...found, ...left].map(
          (problem) => `${kind.name}, seed ${seed}, try ${attempt}: ${problem}`,
        );
        problems.push(...told);
        log(told.length === 0 ? `${kind.name} ${attempt}: fine` : told.join('\n'));
        rmSync(files.path(home), { recursive: true, force: true });
      }
    }
  } finally {
    files.dispose();
  }
  return problems;
}

const COMMON = ['--threads', '1', '--device', 'cpu'];

async function allKinds(commands: Commands): Promise<readonly Kind[]> {
  const { files } = commands;
  const model = writeBackbone(files, 'slow', meanColour({ size: 96, effort: 3 }), sidecarOfSize(96));
  const photos = writeColourImages(files, 'photos', 60);
  const few = writeColourImages(files, 'few', 8);

  /** Kills once or a few times, at any moment of what an undisturbed command takes. */
  const killed = async (
    argv: readonly string[],
    home: string,
    draw: Draw,
    seconds: number,
  ): Promise<void> => {
    for (let i = draw() < 0.5 ? 1 : 3; i > 0; i--) {
      await commands.kill(argv, home, { after: draw() * seconds * 1000, family: draw() < 0.5 });
    }
  };
  const whole = async (argv: readonly string[], home: string) => {
    const ended = await commands.run(argv, home);
    if (ended.code !== 0)
      throw new Error(`semap ${argv[0]} ends with ${ended.code}: ${ended.err.slice(0, 1000)}`);
    return ended;
  };

  const classify = ['classify', photos, '-b', model, '--json', ...COMMON];
  const small = ['classify', few, '-b', model, ...COMMON];
  const csvOf = (home: string) => path.join(files.path(home), 'result.csv');
  const train = (run: string, how: readonly string[] = []) => [
    'train',
    few,
    '-b',
    model,
    ...how,
    '--epochs',
    '3',
    '--batch',
    '8',
    '--run',
    run,
    ...COMMON,
  ];

  const reference = once(async () => answersOf(await whole(classify, 'reference')));
  const csv = once(async () => {
    const file = csvOf('reference');
    const { seconds } = await whole([...small, '--csv', file], 'reference');
    return { seconds, text: readFileSync(file, 'utf8') };
  });
  const alignment = once(async () => {
    const out = path.join(files.path('reference'), 'a');
    const { seconds } = await whole(alignInto(out), 'reference');
    return { seconds, parts: PARTS.map((part) => readFileSync(out + part, 'utf8')) };
  });
  const alignInto = (out: string) => [
    'align',
    '--labels',
    'cat,dog,bird',
    '-b',
    model,
    '--out',
    out + PARTS[0],
    '--export',
    out + PARTS[1],
    ...COMMON,
  ];
  const trainingOf = (name: string, how: readonly string[] = []) =>
    once(async () => {
      const run = path.join(files.path('reference'), name);
      const { seconds } = await whole(train(run, how), 'reference');
      return { seconds, result: trainedIn(run) };
    });
  const training = trainingOf('run');
  mkdirSync(files.path('reference'));

  return [
    {
      name: 'classify',
      async attempt(home, draw) {
        const { answers, seconds } = await reference();
        await killed(classify, home, draw, seconds);
        const again = answersOf(await whole(classify, home));
        // Once more, from the cache alone.
        const cached = answersOf(await whole(classify, home));
        return [
          ...(again.answers === answers ? [] : ['other results after a kill']),
          ...(cached.answers === answers ? [] : ['other results from the cache']),
        ];
      },
    },
    {
      name: 'csv',
      async attempt(home, draw) {
        const { text, seconds } = await csv();
        const argv = [...small, '--csv', csvOf(home)];
        writeFileSync(csvOf(home), OLD);
        await killed(argv, home, draw, seconds);
        const after = readFileSync(csvOf(home), 'utf8');
        await whole(argv, home);
        return [
          ...([OLD, text].includes(after) ? [] : [`half a file of ${after.length} characters`]),
          ...(readFileSync(csvOf(home), 'utf8') === text ? [] : ['another file than without a kill']),
        ];
      },
    },
    {
      name: 'align',
      async attempt(home, draw) {
        const { parts, seconds } = await alignment();
        const out = path.join(files.path(home), 'a');
        for (const part of PARTS) writeFileSync(out + part, OLD);
        const first = draw() * seconds * 1000;
        await commands.kill(alignInto(out), home, { after: first, family: draw() < 0.5 });
        const problems = PARTS.flatMap((part, i) => {
          const after = readFileSync(out + part, 'utf8');
          return [OLD, parts[i]].includes(after) ? [] : [`half of ${part}`];
        });
        for (const part of PARTS) rmSync(out + part);
        await whole(alignInto(out), home);
        return problems;
      },
    },
    ...Object.entries(TRAININGS).map(([name, how]) => {
      const undisturbed = how.length === 0 ? training : trainingOf(name, how);
      return {
        name,
        async attempt(home: string, draw: Draw) {
          const { result, seconds } = await undisturbed();
          const run = path.join(files.path(home), 'run');
          const begin = () =>
            existsSync(path.join(run, 'run.json')) ? ['train', '--resume', run] : train(run, how);
          const problems: string[] = [];
          for (let i = draw() < 0.5 ? 1 : 3; i > 0; i--) {
            await commands.kill(begin(), home, { after: draw() * seconds * 1000, family: draw() < 0.5 });
            problems.push(...damageIn(run));
          }
          const record = path.join(run, 'run.json');
          const isDone = existsSync(record) && JSON.parse(readFileSync(record, 'utf8')).status === 'done';
          if (!isDone) await whole(begin(), home);
          if (trainedIn(run) !== result) problems.push('another prompt or other metrics than without a kill');
          return problems;
        },
      };
    }),
    {
      name: 'backbones add',
      async attempt(home, draw) {
        const add = ['backbones', 'add', model];
        await killed(add, home, draw, 1);
        const installed = path.join(files.path(home), 'data', 'semap', 'backbones', 'slow', 'slow.onnx');
        const problems: string[] = [];
        if (existsSync(installed) && hashOf(installed) !== hashOf(model))
          problems.push('half a model is installed');
        await whole(['backbones', 'list'], home);
        const { code, err } = await commands.run(add, home);
        if (code !== 0 && !existsSync(installed)) problems.push(`cannot be added again: ${err}`);
        if (!existsSync(installed)) problems.push('nothing is installed');
        else if (hashOf(installed) !== hashOf(model)) problems.push('another model is installed');
        return problems;
      },
    },
    {
      name: 'eviction',
      async attempt(home, draw) {
        const { answers, seconds } = await reference();
        // Two kilobytes: less than the outputs of these images.
        const argv = [...classify, '--cache-size', '0.000002'];
        await killed(argv, home, draw, seconds);
        const again = answersOf(await whole(argv, home));
        return again.answers === answers ? [] : ['other results under a small cache'];
      },
    },
    {
      name: 'two at once',
      async attempt(home, draw) {
        const { answers, seconds } = await reference();
        const both = await Promise.all([
          whole(classify, home),
          whole(classify, home),
          commands.kill(classify, home, { after: draw() * seconds * 1000, family: true }),
        ]);
        const [first, second] = both
          .slice(0, 2)
          .map((ended) => answersOf(ended as Awaited<ReturnType<typeof whole>>));
        return first.answers === answers && second.answers === answers
          ? []
          : ['other results of two at once'];
      },
    },
    {
      name: 'two trainings',
      async attempt(home, draw) {
        const { result, seconds } = await training();
        const run = path.join(files.path(home), 'run');
        await commands.kill(train(run), home, { after: (0.5 + draw() / 2) * seconds * 1000, family: true });
        if (!existsSync(path.join(run, 'checkpoint.safetensors'))) return [];
        const record = () => JSON.parse(readFileSync(path.join(run, 'run.json'), 'utf8'));
        if (record().status === 'done') return [];
        const resume = ['train', '--resume', run];
        const both = await Promise.all([commands.run(resume, home), commands.run(resume, home)]);
        const good = both.filter(({ code }) => code === 0).length;
        if (good === 0) return [`neither goes on: ${both.map(({ err }) => err).join(' | ')}`];
        return trainedIn(run) === result ? [] : ['another prompt or other metrics than of one'];
      },
    },
  ];
}

/** Each kind of training, by what it is asked with. */
const TRAININGS: Readonly<Record<string, readonly string[]>> = {
  train: [],
  'train a mask': ['--prompt', 'mask', '--mapping', 'blm+'],
  'train several': ['--prompts', '2', '--mapping', 'flm'],
};

const OLD = 'what was there before\n';
const PARTS = ['.semap.json', '.csv'] as const;

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** What a classification says about images, without how long it took. */
function answersOf({ out, seconds }: { readonly out: string; readonly seconds: number }) {
  const { predictions, accuracy, skipped, images } = JSON.parse(out);
  return { answers: JSON.stringify({ predictions, accuracy, skipped, images }), seconds };
}

/** What a training ends in, without times. */
function trainedIn(run: string): string {
  const lines = readFileSync(path.join(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
  const metrics = lines.map((line) => {
    const { seconds: _, imagesPerSecond: _i, ...rest } = JSON.parse(line);
    return rest;
  });
  const { best, epoch, status } = JSON.parse(readFileSync(path.join(run, 'run.json'), 'utf8'));
  const answering = readdirSync(run).filter((name) =>
    /^(prompt|alignment)\b.*\.(safetensors|png)$/.test(name),
  );
  const files = answering.sort().map((name) => [name, hashOf(path.join(run, name))]);
  return JSON.stringify({ metrics, best, epoch, status, files });
}

/** Files of a run that are not whole. */
function damageIn(run: string): string[] {
  if (!existsSync(run)) return [];
  const problems: string[] = [];
  for (const name of readdirSync(run)) {
    const file = path.join(run, name);
    if (!statSync(file).isFile() || name.startsWith('.')) continue;
    try {
      if (name.endsWith('.json')) JSON.parse(readFileSync(file, 'utf8'));
      else if (name.endsWith('.safetensors')) {
        const bytes = readFileSync(file);
        JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString());
      }
    } catch {
      problems.push(`half of ${name}`);
    }
  }
  return problems;
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
