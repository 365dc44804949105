import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { namedPaths } from '../../../../src/core/alignments/documentPaths.ts';
import { filesBeside, keptName } from '../../../../src/core/find/keptFiles.ts';

describe('Files beside a document', () => {
  const bytes = (one: number) => Uint8Array.of(one);
  const head = (file: string) => ({ kind: 'prototypes', file, sha256: '', learned: {} });
  const document = {
    version: 4,
    backbone: { name: 'a', path: '/m/a.onnx' },
    folders: ['/photos'],
    prompt: 'p0',
    head: head('h0'),
    members: [
      { backbone: { name: 'b', path: '/m/b.onnx' }, prompt: 'p1', head: head('h1') },
      { backbone: { name: 'a', path: '/m/a.onnx' }, prompt: 'p0' },
    ],
  } as unknown as AlignmentDocument;

  it('are called after it, those of further backbones by number, and one that is named twice is one', () => {
    const made = filesBeside(
      {
        document,
        heads: [
          { file: 'h0', bytes: bytes(1) },
          { file: 'h1', bytes: bytes(2) },
        ],
        prompts: [
          { file: 'p0', bytes: bytes(3) },
          { file: 'p1', bytes: bytes(4) },
        ],
      },
      'pets',
      (file, what) => (what === 'folder' ? '.' : file),
    );
    assert.deepEqual(
      made.files.map(({ file, bytes: [first] }) => [file, first]),
      [
        ['pets.head.safetensors', 1],
        ['pets.2.head.safetensors', 2],
        ['pets.prompt.safetensors', 3],
        ['pets.2.prompt.safetensors', 4],
      ],
    );
    assert.deepEqual(
      namedPaths(made.document)
        .map(({ file, what }) => `${what} ${file}`)
        .toSorted(),
      [
        'backbone /m/a.onnx',
        'backbone /m/a.onnx',
        'backbone /m/b.onnx',
        'folder .',
        'head pets.2.head.safetensors',
        'head pets.head.safetensors',
        'prompt pets.2.prompt.safetensors',
        'prompt pets.prompt.safetensors',
        'prompt pets.prompt.safetensors',
      ],
    );
  });

  it('are named in words of people, none twice for two ways', () => {
    assert.equal(keptName({ scores: 'mixture', settled: true }), 'settled');
    assert.equal(keptName({ scores: 'semap' }), 'zero-shot');
    assert.equal(keptName({ scores: 'blm+' }), 'blm+');
    assert.equal(keptName({ scores: 'linear-probe' }), 'linear-probe');
    const prompt = { kind: 'watermark' as const };
    assert.equal(keptName({ prompt, epochs: 20, scores: 'linear-probe' }), 'watermark-prompt-linear-probe');
    assert.equal(keptName({ prompt: { kind: 'none' }, scores: 'blm+' }), 'blm+');
  });
});
