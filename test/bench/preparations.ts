import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type BackboneSidecar, mergeSidecars } from '../../src/core/backbones/backboneSidecar.ts';
import { SCALINGS, type ScalingName, scalingName } from '../../src/core/backbones/scalings.ts';
import { startBuilt } from './builtEngine.ts';

/**
 * How often measuring finds how an image is prepared: every backbone of the test data is described by the guess that SeMap
 * makes and by a wrong one, and measured on class folders, with its labels and with labels that mean nothing.
 * `npm run bench:preparations [-- NAME...]`
 */
const root = path.join(import.meta.dirname, '../..');
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');
const backbones = path.join(data, 'backbones');
const cifar = path.join(data, 'images/cifar10');
const photos = path.join(data, 'images/imagenette-val');

interface Case {
  readonly file: string;
  /** Its description. */
  readonly sidecar: BackboneSidecar;
  readonly folder: string;
}

async function casesOf(only: readonly string[]): Promise<readonly Case[]> {
  const described = (name: string) =>
    readFile(path.join(backbones, `${name}.backbone.json`), 'utf8').then((text) => JSON.parse(text));
  const cases: Case[] = [];
  for (const name of [
    'squeezenet1.1',
    'mobilenetv2',
    'mobilenetv3-small',
    'mobilenetv1-0.25-128',
    'mobilenetv2-qdq',
    'squeezenet-fp16',
    'cifar10-resnet8',
  ]) {
    const sidecar = await described(name);
    const folder = name.startsWith('cifar') ? cifar : photos;
    cases.push({ file: path.join(backbones, `${name}.onnx`), sidecar, folder });
  }
  const { labels } = await described('cifar10-resnet8');
  const windows = path.join(data, 'faults/M-12/winml_pytorch_cifar.onnx');
  const preprocessing = { ...SCALINGS.minusOneToOne, channels: 'rgb' as const };
  cases.push({ file: windows, sidecar: { labels, preprocessing }, folder: cifar });
  return cases.filter(({ file }) => only.length === 0 || only.some((name) => file.includes(name)));
}

const cacheFolder = await mkdtemp(path.join(os.tmpdir(), 'semap-bench-'));
const engine = await startBuilt(path.join(root, 'dist'), cacheFolder);
/** Guesses beside the one that SeMap makes. */
const WRONG: readonly ScalingName[] = ['raw'];
const counts = { sure: 0, sureRight: 0, right: 0, all: 0 };
try {
  for (const { file: original, sidecar, folder } of await casesOf(process.argv.slice(2))) {
    // Away from its description.
    const file = path.join(cacheFolder, path.basename(original));
    await copyFile(original, file);
    const own = sidecar.preprocessing ?? {};
    // (p - 128) / 128 has no name of its own.
    const truth = { scaling: scalingName(own) ?? 'minusOneToOne', channels: own.channels };
    const { labels: said } = sidecar;
    const { suggested } = await engine.rpc.call('inspectBackbone', {
      backbone: file,
      sidecar: { labels: said },
    });
    for (const guess of [scalingName(suggested.preprocessing ?? {}), ...WRONG]) {
      const guessed = mergeSidecars(sidecar, {
        preprocessing:
          guess === undefined ? suggested.preprocessing : { ...SCALINGS[guess], channels: 'rgb' },
      });
      for (const named of [true, false]) {
        // Labels that mean nothing: nothing but the answers themselves can tell.
        const count = Array.isArray(sidecar.labels)
          ? sidecar.labels.length
          : sidecar.labels === 'imagenet-1k'
            ? 1000
            : 1001;
        const labels = named ? {} : { labels: Array.from({ length: count }, (_, i) => `q${i}x`) };
        const trial = await engine.rpc.call('tryBackbone', {
          backbone: file,
          sidecar: { ...guessed, ...labels },
          beside: [folder],
        });
        const { measured, others } = trial;
        if (!measured) throw new Error('not measured');
        const [other] = others;
        const best =
          measured.likelihood >= (other.likelihood ?? 0)
            ? { scaling: guess, channels: 'rgb', likelihood: measured.likelihood }
            : other;
        // Scalings without a name are offered only where they are described.
        const right = best.scaling === truth.scaling && best.channels === truth.channels;
        counts.all++;
        counts.right += Number(right);
        counts.sure += Number(measured.sure);
        counts.sureRight += Number(measured.sure && right);
        console.log(
          [
            path.basename(file, '.onnx').padEnd(22),
            path.basename(folder).padEnd(15),
            named ? `${measured.labelled} known` : 'no names',
            `guess ${guess}`.padEnd(20),
            `${best.scaling} ${best.channels}`.padEnd(22),
            (best.likelihood ?? 0).toFixed(2),
            measured.sure ? `sure ${measured.sureness.toFixed(2)}` : 'unsure',
            right ? 'right' : 'WRONG',
          ].join('  '),
        );
      }
    }
  }
} finally {
  await engine.stop();
  await rm(cacheFolder, { recursive: true, force: true });
}
console.log(
  `${counts.right} of ${counts.all} right; ${counts.sure} sure, of which ${counts.sureRight} right`,
);
