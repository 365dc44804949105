import assert from 'node:assert/strict';
import type { BackboneDescription } from '../../../src/core/backbones/backboneDescription.ts';
import { headFor } from '../../../src/core/heads/head.ts';
import { decodeHead, encodeHead } from '../../../src/core/heads/headFile.ts';
import { decodePrompt, encodePrompt, promptedInput } from '../../../src/core/prompts/promptFile.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../src/core/prompts/safetensors.ts';
import {
  additiveKinds,
  initialParameters,
  type PromptShape,
} from '../../../src/core/prompts/visualPrompt.ts';
import { RUN_FILES } from '../../../src/core/runs/run.ts';
import { decodeCheckpoint } from '../../../src/core/training/checkpoint.ts';
import { target } from '../../unit/alignments.ts';
import { inputSpec } from '../../unit/inputSpec.ts';
import { damageBytes, withNumber } from '../damage/bytes.ts';
import { damageJson } from '../damage/json.ts';
import { type FuzzTarget, mustBeFinite, orRefusal } from '../target.ts';

const size = { height: 8, width: 8 };
const prompts = additiveKinds.map((kind) => {
  const shape: PromptShape = {
    kind,
    ...size,
    frame: 2,
    rank: 1,
    ...(kind === 'mask' && { channels: 3 }),
  };
  return encodePrompt({ shape, parameters: initialParameters(shape, 1), backbone: 'abc' });
});

const KEY = 'key';
const three = { shape: [3], data: Float32Array.of(1, 2, 3) };
const state = {
  key: KEY,
  optimiserSteps: 1,
  sharpness: 1,
  epoch: 1,
  step: 2,
  lossSum: 1,
  hits: 1,
  seen: 2,
  seconds: 1,
  improved: 1,
  rateShare: 1,
};
const mapping = JSON.stringify({
  sourceCount: 3,
  targets: [[{ source: 0, weight: 1 }]],
  aggregation: { kind: 'max' },
});
const checkpoint = encodeSafetensors({
  tensors: { parameters: three, 'moment.m': three, 'moment.v': three, best: three },
  metadata: {
    format: 'semap-checkpoint-3',
    state: JSON.stringify({ ...state, best: { epoch: 1, valAccuracy: 0.5, valLoss: 1 } }),
    mapping,
    bestMapping: mapping,
  },
});

const spec = inputSpec(8);

const learned = { images: 1, validation: { images: 0, accuracy: null }, learned: 'k' };
const about = { backbone: 'abc', prompt: '', targets: ['cat', 'dog'], learned };
const six = Float32Array.of(1, -2, 3, 0, 0.5, 1);
const heads = [
  { kind: 'linear-probe', terms: { reads: 'features', width: 3, weights: six, bias: six.slice(0, 2) } },
  {
    kind: 'mixture',
    terms: {
      targetCount: 2,
      projection: { kind: 'features', mean: six.slice(0, 3), directions: six },
      floor: -10,
      evidence: 1,
      trust: 1,
      residual: six,
      bias: six.slice(0, 2),
      weights: six.slice(0, 4),
      offsets: six.slice(0, 2),
    },
  },
] as const;
const headFiles = heads.map((head) => encodeHead({ ...about, ...head }));

/** A head that was read scores any image, with numbers. */
function mustScore(bytes: Uint8Array): void {
  const content = decodeHead(bytes, 'x.head.safetensors');
  const labels = Array.from({ length: 3 }, (_, i) => ({ name: `s${i}` }));
  const backbone = {
    name: 'net',
    sha256: content.backbone,
    labelSpace: { labels },
    input: content.prompt === '' ? {} : { prompt: { sha256: content.prompt } },
  } as unknown as BackboneDescription;
  const targets = ['cat', 'dog', 'new'].map((label) => target(label));
  const inputs = { logits: six.slice(0, 3), features: six.slice(3), mapped: Float32Array.of(1, -1, 0) };
  const scores = headFor({ targets }, content, 'x', backbone, 3).score(inputs, 1);
  mustBeFinite(
    scores.filter((score) => score !== Number.NEGATIVE_INFINITY),
    'the scores of the head',
  );
}

/** A prompt, a head or a checkpoint is read whole, with numbers that are numbers, or refused. */
export const tensors: FuzzTarget = {
  name: 'tensors',
  megabytes: 200,
  make(random) {
    const bytes = random.pick([...prompts, ...headFiles, checkpoint]);
    if (random.chance(0.3)) return damageBytes(bytes, random, checkpoint);
    if (random.chance(0.3)) return withNumber(bytes, random.int(0, bytes.length - 1), random);
    // The header damaged, its length right.
    const length = Buffer.from(bytes).readUInt32LE(0);
    const header = damageJson(JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString()), random);
    const start = Buffer.alloc(8);
    start.writeUInt32LE(header.length);
    return Buffer.concat([start, header, bytes.subarray(8 + length)]);
  },
  async check(input) {
    const file = await orRefusal(() => decodeSafetensors(input, 'x.safetensors'));
    if (file) {
      for (const { shape, data } of Object.values(file.tensors)) {
        assert.equal(
          data.length,
          shape.reduce((product, dim) => product * dim, 1),
        );
      }
    }
    await orRefusal(() => {
      const { effect } = promptedInput(spec, decodePrompt(input, 'x.safetensors'), 'sha').prompt!;
      mustBeFinite(new Float32Array(effect), 'the effect of the prompt');
    });
    await orRefusal(() => mustScore(input));
    const read = await orRefusal(() => decodeCheckpoint(input, KEY, RUN_FILES.checkpoint));
    if (read) mustBeFinite(read, 'the checkpoint');
  },
};
