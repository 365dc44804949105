import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EpochMetrics, TrainingRecord } from '../../../../src/core/runs/trainingRecord.ts';
import { phrase, verbatim } from '../../../../src/core/text/text.ts';

/** A record as the engine writes it. */
export function recordOf(folder: string, change: Partial<TrainingRecord> = {}): TrainingRecord {
  const settings: TrainingRecord['settings'] = {
    prompt: { kind: 'padding' },
    mapping: 'blm+',
    optimiser: 'adam',
    learningRate: 0.01,
    epochs: 20,
    batch: 16,
    seed: 0,
    validation: 0.2,
    patience: 8,
    augment: {},
    smoothing: 0,
    layerRate: 1,
    decay: 0,
    recipe: 'semap',
    threads: 1,
  };
  return {
    version: 1,
    kind: 'training',
    time: '2026-11-20T10:00:00.000Z',
    status: 'done',
    params: {
      folders: ['/data/icons'],
      backbone: '/m/starter.onnx',
      settings: { prompt: { kind: 'padding' } },
      runFolder: folder,
    },
    settings,
    backbone: { name: 'starter', sha256: 'ab', sourceCount: 100 },
    labels: ['cat', 'dog'],
    trainImages: 40,
    validationImages: 10,
    parameters: 1000,
    gradient: 'exact',
    device: { provider: 'cpu', name: 'a CPU', why: verbatim('') },
    software: { onnxruntime: '1.30.0' },
    baselines: [
      { kind: 'zero-shot', name: phrase('Zero-shot'), valAccuracy: 0.4 },
      {
        kind: 'linear-probe',
        name: phrase('Linear probe'),
        valAccuracy: null,
        problem: phrase('No features.'),
      },
    ],
    best: { epoch: 2, valAccuracy: 0.612, valLoss: 1.1 },
    epoch: 3,
    verdict: phrase('The prompt is worth it.'),
    skipped: [],
    seconds: 12,
    ...change,
  };
}

export function metricsOf(epoch: number): EpochMetrics {
  return {
    epoch,
    step: epoch * 3,
    loss: epoch === 0 ? null : 2 / epoch,
    trainAccuracy: epoch === 0 ? null : 0.3,
    valLoss: 2 - epoch / 10,
    valAccuracy: 0.4 + epoch / 20,
    learningRate: 0.01,
    imagesPerSecond: 50,
    seconds: epoch,
    mappingChanges: epoch === 0 ? 0 : 1,
  };
}

/** Writes a run's folder below `root`. @returns the folder */
export async function writeRun(
  root: string,
  name: string,
  change: Partial<TrainingRecord> = {},
  epochs = 3,
): Promise<string> {
  const folder = join(root, '.semap', 'runs', name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'run.json'), JSON.stringify(recordOf(folder, change)));
  const lines = Array.from({ length: epochs + 1 }, (_, epoch) => `${JSON.stringify(metricsOf(epoch))}\n`);
  await writeFile(join(folder, 'metrics.jsonl'), lines.join(''));
  return folder;
}
