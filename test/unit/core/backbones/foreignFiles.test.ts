import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { foreignFormat, looksRandom } from '../../../../src/core/backbones/foreignFiles.ts';
import { say } from '../../../../src/core/text/text.ts';
import { meanColour } from '../../engine/classifierModel.ts';

const head = (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, 512)).toString('latin1');

describe('A file that is no ONNX model', () => {
  test('is called what it is, by its beginning', () => {
    for (const [start, what] of [
      ['<!DOCTYPE html>', 'a web page'],
      ['PK\x03\x04', 'a ZIP archive or a PyTorch checkpoint'],
      ['\x40\0\0\0\0\0\0\0{"w":', 'a safetensors file'],
      ['\x20\0\0\0TFL3', 'a TensorFlow Lite model'],
      ['\x20\0\0\0ORTM', 'a model in the ORT format of onnxruntime'],
      ['GGUF', 'a GGUF model'],
      ['\x80\x02}q', 'a Python pickle, such as a PyTorch checkpoint'],
      ['\x1f\x8b\x08', 'a compressed file'],
      [`${'a'.repeat(257)}ustar`, 'a tar archive'],
      ['\0GITCRYPT\0', 'an encrypted file'],
      ['age-encryption.org/v1', 'an encrypted file'],
    ] as const)
      assert.equal(say(foreignFormat(start)!), what);
    assert.equal(foreignFormat(head(meanColour())), undefined);
  });

  test('is told to be encrypted where its bytes are even, and weights are not', () => {
    // AES in counter mode is as even as a chain of hashes.
    const blocks = Array.from({ length: 256 }, (_, i) => createHash('sha256').update(`${i}`).digest());
    assert.ok(looksRandom(Buffer.concat(blocks)));
    assert.ok(!looksRandom(Buffer.concat(blocks).subarray(0, 100)));
    const weights = Float32Array.from({ length: 16_384 }, (_, i) => Math.sin(i * 12.9898) * 0.05);
    assert.ok(!looksRandom(new Uint8Array(weights.buffer)));
    assert.ok(!looksRandom(new Uint8Array(8192)));
  });
});
