import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { SemapError } from '../../../../src/core/errors.ts';
import { hashEncoder, inspectEncoder } from '../../../../src/engine/encoders/encoderFolder.ts';
import { TextEncoder } from '../../../../src/engine/encoders/textEncoder.ts';
import { testFolder } from '../../folders.ts';
import {
  clipTokenizer,
  DIMENSION,
  expectedClip,
  expectedSentence,
  FEW_MERGES,
  tinyClip,
  tinySentenceEncoder,
  writeEncoder,
} from './tinyEncoders.ts';

const DATA =
  process.env['SEMAP_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../../shared/data');

const scratch = testFolder();
function close(actual: Float32Array, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(
      Math.abs(actual[i] - value) < 1e-4 * Math.max(1, Math.abs(value)),
      `${i}: ${actual[i]} is not ${value}`,
    );
  }
}

async function withEncoder(
  name: string,
  files: Record<string, Uint8Array>,
  use: (encoder: TextEncoder) => Promise<void>,
): Promise<void> {
  const encoder = await TextEncoder.open(await writeEncoder(path.join(scratch, name), files));
  try {
    await use(encoder);
  } finally {
    await encoder.dispose();
  }
}

function failsWith(reason: string, pattern: RegExp) {
  return (error: SemapError) => {
    assert.equal(error.reason, reason, error.message);
    assert.match(`${error.message} ${error.hint}`, pattern);
    return true;
  };
}

describe('a text tower', () => {
  it('gives the projected embedding of the text, special tokens included', () =>
    withEncoder('clip', tinyClip(), async (encoder) => {
      const { vocabulary } = clipTokenizer(FEW_MERGES);
      const ids = encoder.tokenIds('A photo of a  Dog');
      assert.equal(ids[0], vocabulary - 2);
      assert.equal(ids.at(-1), vocabulary - 1);
      assert.equal(ids.length, 7);
      close(await encoder.encode(['A photo of a  Dog']), expectedClip(ids, vocabulary));
      assert.equal(encoder.dimension, DIMENSION);
    }));

  it('gives a text the same embedding in any company and order', () =>
    withEncoder('company', tinyClip(), async (encoder) => {
      const texts = Array.from({ length: 37 }, (_, i) => `dog ${'cat '.repeat(i % 9)}${i}`);
      const together = await encoder.encode(texts);
      for (const [i, text] of texts.entries()) {
        close(together.subarray(i * DIMENSION, (i + 1) * DIMENSION), [...(await encoder.encode([text]))]);
      }
    }));

  it('is found in a file that holds both towers', () =>
    withEncoder('both', tinyClip({ whole: true }), async (encoder) => {
      const { vocabulary } = clipTokenizer(FEW_MERGES);
      close(await encoder.encode(['cat']), expectedClip(encoder.tokenIds('cat'), vocabulary));
    }));

  it('takes no texts, empty texts, very long ones and any script', () =>
    withEncoder('odd', tinyClip(), async (encoder) => {
      assert.equal((await encoder.encode([])).length, 0);
      const embeddings = await encoder.encode([
        '',
        'dog '.repeat(500),
        '猫 🐈 <img src=x onerror=alert(1)>',
        '$&{}',
      ]);
      assert.equal(embeddings.length, 4 * DIMENSION);
      assert.ok(embeddings.every(Number.isFinite));
      assert.equal(encoder.tokenIds('dog '.repeat(500)).length, 77);
    }));

  it('stops between batches when cancelled, and can be used again', () =>
    withEncoder('cancel', tinyClip(), async (encoder) => {
      const controller = new AbortController();
      const seen: number[] = [];
      await assert.rejects(
        encoder.encode(
          Array.from({ length: 100 }, (_, i) => `dog ${i}`),
          {
            signal: controller.signal,
            onProgress: (done, total) => {
              assert.equal(total, 100);
              seen.push(done);
              if (done >= 16) controller.abort();
            },
          },
        ),
        failsWith('cancelled', /Canceled/),
      );
      assert.deepEqual(seen, [8, 16]);
      assert.equal((await encoder.encode(['dog'])).length, DIMENSION);
    }));

  it('changes its hash when the model or the tokenizer changes, and only then', async () => {
    const hashOf = async (name: string, files: Record<string, Uint8Array>) =>
      hashEncoder(await inspectEncoder(await writeEncoder(path.join(scratch, name), files)));
    const hash = await hashOf('same1', tinyClip());
    assert.equal(await hashOf('same2', tinyClip()), hash);
    assert.notEqual(await hashOf('merges', tinyClip({ merges: FEW_MERGES.slice(0, 3) })), hash);
  });

  it("reads CLIP's own vocabulary as CLIP does", async (test) => {
    const file = path.join(DATA, 'labels/clip_bpe_simple_vocab_16e6.txt.gz');
    if (!existsSync(file)) return test.skip(`no ${file}`);
    const lines = gunzipSync(await readFile(file))
      .toString('utf8')
      .split('\n');
    await withEncoder(
      'vocabulary',
      tinyClip({ merges: lines.slice(1, 49152 - 256 - 2 + 1) }),
      async (encoder) => {
        // From openai/CLIP: clip.tokenize("a photo of a dog.").
        assert.deepEqual(
          encoder.tokenIds('a photo of a dog.'),
          [49406, 320, 1125, 539, 320, 1929, 269, 49407],
        );
      },
    );
  });
});

describe('a sentence encoder', () => {
  for (const pooling of ['mean', 'cls', 'max'] as const) {
    it(`pools by ${pooling} when its folder says so, without the padding`, () =>
      withEncoder(`sentence-${pooling}`, tinySentenceEncoder(pooling), async (encoder) => {
        const texts = ['dog', 'a photo of a dog .', 'wolf, cat'];
        const embeddings = await encoder.encode(texts);
        for (const [i, text] of texts.entries()) {
          close(
            embeddings.subarray(i * DIMENSION, (i + 1) * DIMENSION),
            expectedSentence(encoder.tokenIds(text), pooling),
          );
        }
      }));
  }

  it('takes the mean where its folder says nothing', () =>
    withEncoder('sentence', tinySentenceEncoder(), async (encoder) => {
      assert.equal(encoder.facts.kind, 'sentence');
      close(await encoder.encode(['cat car']), expectedSentence([2, 8, 9, 3], 'mean'));
    }));
});

describe('a folder that is no usable encoder', () => {
  async function refused(name: string, files: Record<string, Uint8Array>): Promise<Promise<TextEncoder>> {
    return TextEncoder.open(await writeEncoder(path.join(scratch, name), files));
  }
  const bytes = (text: string) => new globalThis.TextEncoder().encode(text);

  it('is named when it does not exist', () =>
    assert.rejects(
      TextEncoder.open(path.join(scratch, 'nowhere')),
      failsWith('not-found', /Folder not found: .*nowhere/),
    ));

  it('lists what is missing', async () => {
    const { 'tokenizer.json': _, ...rest } = tinyClip();
    await assert.rejects(refused('no-tokenizer', rest), failsWith('not-found', /Missing: tokenizer\.json\./));
    const { 'onnx/text_model.onnx': __, ...modelless } = tinyClip();
    await assert.rejects(refused('no-model', modelless), failsWith('not-found', /onnx\/text_model\.onnx/));
  });

  it('is told from a Git LFS pointer, a web page, an empty file, a truncated model and broken JSON', async () => {
    const with_ = (file: string, content: Uint8Array) => ({ ...tinyClip(), [file]: content });
    const model = 'onnx/text_model.onnx';
    await assert.rejects(
      refused('pointer', with_(model, bytes('version https://git-lfs.github.com/spec/v1\noid sha256:0'))),
      failsWith('lfs-pointer', /git lfs pull/),
    );
    await assert.rejects(
      refused('page', with_(model, bytes('<!DOCTYPE html><title>Log in</title>'))),
      failsWith('download-damaged', /web page/),
    );
    await assert.rejects(refused('empty', with_(model, bytes(''))), failsWith('download-damaged', /empty/));
    await assert.rejects(
      refused('truncated', with_(model, tinyClip()[model].slice(0, 400))),
      failsWith('not-onnx', /damaged or not an ONNX/),
    );
    await assert.rejects(
      refused('json', with_('tokenizer.json', bytes('{"a":'))),
      failsWith('download-damaged', /JSON/),
    );
    await assert.rejects(
      refused('tokenizer', with_('tokenizer.json', bytes('{}'))),
      failsWith('download-damaged', /tokenizer/),
    );
  });

  async function withModelOf(
    name: string,
    model: Record<string, Uint8Array>,
    rest: Record<string, Uint8Array>,
  ) {
    const [file, content] = Object.entries(model).find(([path]) => path.endsWith('.onnx'))!;
    const others = Object.entries(rest).filter(([path]) => !path.endsWith('.onnx'));
    return refused(name, { ...Object.fromEntries(others), [file]: content });
  }

  it('is refused when the model gives no text embedding', async () => {
    const { 'config.json': config, ...sentence } = tinySentenceEncoder();
    const encoder = await refused('wrong-outputs', { ...sentence, 'config.json': tinyClip()['config.json'] });
    assert.ok(config);
    try {
      await assert.rejects(
        encoder.encode(['dog']),
        failsWith('unsupported-model', /pixel_values|last_hidden_state/),
      );
    } finally {
      await encoder.dispose();
    }
  });

  it('is refused when tokenizer and model do not belong together', async () => {
    const encoder = await withModelOf('mixed', tinySentenceEncoder(), {
      ...tinyClip(),
      'config.json': tinySentenceEncoder()['config.json'],
    });
    try {
      await assert.rejects(encoder.encode(['dog']), failsWith('unsupported-model', /may not match/));
    } finally {
      await encoder.dispose();
    }
  });

  it('is read anew after it was repaired', async () => {
    const folder = path.join(scratch, 'repaired');
    const files = tinyClip();
    await writeEncoder(folder, { ...files, 'tokenizer.json': bytes('{}') });
    await assert.rejects(TextEncoder.open(folder));
    await writeFile(path.join(folder, 'tokenizer.json'), files['tokenizer.json']);
    const encoder = await TextEncoder.open(folder);
    assert.equal((await encoder.encode(['dog'])).length, DIMENSION);
    await encoder.dispose();
  });
});
