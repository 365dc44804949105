import assert from 'node:assert/strict';
import { decodePrompt, encodePrompt, promptedInput } from '../../../src/core/prompts/promptFile.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../src/core/prompts/safetensors.ts';
import { initialParameters, type PromptShape } from '../../../src/core/prompts/visualPrompt.ts';
import { RUN_FILES } from '../../../src/core/runs/run.ts';
import { decodeCheckpoint } from '../../../src/core/training/checkpoint.ts';
import { inputSpec } from '../../unit/inputSpec.ts';
import { damageBytes, withNumber } from '../damage/bytes.ts';
import { damageJson } from '../damage/json.ts';
import { type FuzzTarget, mustBeFinite, orRefusal } from '../target.ts';

const size = { height: 8, width: 8 };
const prompts = (['padding', 'watermark', 'low-rank'] as const).map((kind) => {
  const shape: PromptShape = { kind, ...size, frame: 2, rank: 1 };
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
};
const mapping = JSON.stringify({
  sourceCount: 3,
  targets: [[{ source: 0, weight: 1 }]],
  aggregation: { kind: 'max' },
});
const checkpoint = encodeSafetensors({
  tensors: { parameters: three, 'moment.m': three, 'moment.v': three, best: three },
  metadata: {
    state: JSON.stringify({ ...state, best: { epoch: 1, valAccuracy: 0.5, valLoss: 1 } }),
    mapping,
    bestMapping: mapping,
  },
});

const spec = inputSpec(8);

/** A prompt or a checkpoint is read whole, with numbers that are numbers, or refused. */
export const tensors: FuzzTarget = {
  name: 'tensors',
  megabytes: 200,
  make(random) {
    const bytes = random.pick([...prompts, checkpoint]);
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
    const read = await orRefusal(() => decodeCheckpoint(input, KEY, RUN_FILES.checkpoint));
    if (read) mustBeFinite(read, 'the checkpoint');
  },
};
