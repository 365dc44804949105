import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Engine } from '../../../../src/host/supervisor/engineClient.ts';
import { fakeMemory, stage } from '../withFakeVscode.ts';

const { PhotoBackboneOffer } = await import('../../../../src/host/backbones/photoBackbone.ts');

const starter = { name: 'starter', path: '/models/starter.onnx', embedded: true };
const own = { name: 'net', path: '/models/net.onnx', embedded: false };

describe('The backbone for photographs', () => {
  let looked = 0;
  beforeEach(() => {
    looked = 0;
    stage.messages = [];
    stage.answer = undefined;
  });

  /** @param photographs whether the images are some */
  function offer(photographs: boolean, backbones = [starter], memory = fakeMemory()) {
    const downloads: unknown[] = [];
    const call = async () => {
      looked++;
      return photographs;
    };
    const one = new PhotoBackboneOffer({
      engine: { call: call as Engine['call'] },
      library: { list: async () => backbones },
      memory,
      download: async (wish) => void downloads.push(wish),
    });
    return { consider: (backbone = starter.path) => one.consider(['/photos'], backbone), downloads };
  }

  it('is offered once, with its size, license and origin, and nothing is downloaded unasked', async () => {
    const memory = fakeMemory();
    const { consider, downloads } = offer(true, [starter], memory);
    stage.answer = 'Not Now';
    await consider();
    const [{ message, items }] = stage.messages;
    for (const words of [/15\.1 MB/, /Apache-2\.0/, /onnx-community\/mobilenetv4/])
      assert.match(message, words);
    assert.deepEqual(items, ['Download...', 'Not Now']);
    await offer(true, [starter], memory).consider();
    assert.equal(stage.messages.length, 1, 'also in other windows');
    assert.deepEqual(downloads, []);
  });

  it('is downloaded by the command that asks again and says how else', async () => {
    const { consider, downloads } = offer(true);
    stage.answer = 'Download...';
    await consider();
    assert.deepEqual(downloads, [{ kind: 'hub', name: 'mobilenetv4-small' }]);
  });

  it('is not offered for drawings, and then for the photographs that follow', async () => {
    const memory = fakeMemory();
    await offer(false, [starter], memory).consider();
    assert.deepEqual(stage.messages, []);
    await offer(true, [starter], memory).consider();
    assert.equal(stage.messages.length, 1);
  });

  it('is not offered to who has another backbone, and no image is looked at for it', async () => {
    await offer(true, [starter, own]).consider();
    await offer(true, [starter, own]).consider(own.path);
    assert.deepEqual([stage.messages, looked], [[], 0]);
  });
});
