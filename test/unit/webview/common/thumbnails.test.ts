import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Thumbnails } from '../../../../webview/common/thumbnails.ts';

function fakeSource() {
  const loads = new Map<
    number,
    { resolve(url: string): void; reject(error: Error): void; signal: AbortSignal }
  >();
  const asked: number[] = [];
  const sizes: number[] = [];
  const released: string[] = [];
  return {
    loads,
    asked,
    released,
    sizes,
    load: (image: number, size: number, signal: AbortSignal) => {
      asked.push(image);
      sizes.push(size);
      return new Promise<string>((resolve, reject) => loads.set(image, { resolve, reject, signal }));
    },
    release: (url: string) => {
      released.push(url);
    },
  };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('thumbnails', () => {
  it('loads few at a time, and what was wanted last first', async () => {
    const source = fakeSource();
    const thumbnails = new Thumbnails(source, { kept: 10, atATime: 2 });
    for (const image of [1, 2, 3, 4]) thumbnails.want(image, 128, () => {});
    await settled();
    assert.deepEqual(source.asked, [4, 3]);
    thumbnails.want(1, 128, () => {});
    source.loads.get(4)?.resolve('four');
    await settled();
    assert.deepEqual(source.asked, [4, 3, 1]);
  });

  it('never loads what scrolled away before its turn, and gives up what is under way', async () => {
    const source = fakeSource();
    const thumbnails = new Thumbnails(source, { kept: 10, atATime: 1 });
    const arrived: (string | undefined)[] = [];
    thumbnails.want(1, 128, (url) => arrived.push(url));
    await settled();
    thumbnails.want(2, 128, (url) => arrived.push(url));
    thumbnails.forget(1);
    thumbnails.forget(2);
    assert.ok(source.loads.get(1)?.signal.aborted);
    source.loads.get(1)?.reject(new Error('cancelled'));
    await settled();
    assert.deepEqual(source.asked, [1]);
    assert.deepEqual(arrived, []);
  });

  it('loads again what comes back while its given-up load is still ending', async () => {
    const source = fakeSource();
    const thumbnails = new Thumbnails(source, { kept: 10, atATime: 2 });
    const arrived: (string | undefined)[] = [];
    thumbnails.want(1, 128, () => assert.fail('the first tile is gone'));
    await settled();
    thumbnails.forget(1);
    thumbnails.want(1, 128, (url) => arrived.push(url));
    source.loads.get(1)?.reject(new Error('cancelled'));
    await settled();
    source.loads.get(1)?.resolve('one');
    await settled();
    assert.deepEqual(arrived, ['one']);
  });

  it('keeps a bounded number of pictures and releases the ones not used for longest', async () => {
    const source = fakeSource();
    const thumbnails = new Thumbnails(source, { kept: 2, atATime: 4 });
    for (const image of [1, 2]) thumbnails.want(image, 128, () => {});
    await settled();
    source.loads.get(1)?.resolve('one');
    source.loads.get(2)?.resolve('two');
    await settled();
    thumbnails.want(1, 128, () => {});
    thumbnails.want(3, 128, () => {});
    await settled();
    source.loads.get(3)?.resolve('three');
    await settled();
    assert.deepEqual(source.released, ['two']);
    assert.deepEqual(source.asked, [2, 1, 3]);
  });

  it('says when there is no picture', async () => {
    const source = fakeSource();
    const thumbnails = new Thumbnails(source, { kept: 2, atATime: 1 });
    const arrived: (string | undefined)[] = [];
    thumbnails.want(1, 128, (url) => arrived.push(url));
    await settled();
    source.loads.get(1)?.reject(new Error('broken'));
    await settled();
    assert.deepEqual(arrived, [undefined]);
  });

  it('releases everything when another run is shown, also what arrives too late', async () => {
    const source = fakeSource();
    const thumbnails = new Thumbnails(source, { kept: 5, atATime: 5 });
    for (const image of [1, 2]) thumbnails.want(image, 128, () => {});
    await settled();
    source.loads.get(1)?.resolve('one');
    await settled();
    thumbnails.clear();
    source.loads.get(2)?.resolve('two');
    await settled();
    assert.deepEqual(source.released, ['one', 'two']);
  });

  it('loads again what was loaded for a smaller place, which stands in until then', async () => {
    const source = fakeSource();
    const thumbnails = new Thumbnails(source, { kept: 5, atATime: 5 });
    const arrived: (string | undefined)[] = [];
    thumbnails.want(1, 64, (url) => arrived.push(url));
    await settled();
    source.loads.get(1)?.resolve('small');
    await settled();
    thumbnails.want(1, 256, (url) => arrived.push(url));
    await settled();
    assert.deepEqual(arrived, ['small', 'small']);
    source.loads.get(1)?.resolve('large');
    await settled();
    assert.deepEqual(arrived, ['small', 'small', 'large']);
    assert.deepEqual([source.sizes, source.released], [[64, 256], ['small']]);
    thumbnails.want(1, 128, (url) => arrived.push(url ?? ''));
    await settled();
    assert.deepEqual([arrived.at(-1), source.sizes.length], ['large', 2]);
  });

  it('gives up what is under way for a smaller place', async () => {
    const source = fakeSource();
    const thumbnails = new Thumbnails(source, { kept: 5, atATime: 5 });
    const arrived: (string | undefined)[] = [];
    thumbnails.want(1, 64, () => assert.fail('too small'));
    await settled();
    thumbnails.want(1, 256, (url) => arrived.push(url));
    assert.ok(source.loads.get(1)?.signal.aborted);
    source.loads.get(1)?.reject(new Error('cancelled'));
    await settled();
    source.loads.get(1)?.resolve('large');
    await settled();
    assert.deepEqual(arrived, ['large']);
  });

  it('keeps the smaller picture where a sharp one cannot be had', async () => {
    const source = fakeSource();
    const thumbnails = new Thumbnails(source, { kept: 5, atATime: 5 });
    const arrived: (string | undefined)[] = [];
    thumbnails.want(1, 64, () => {});
    await settled();
    source.loads.get(1)?.resolve('small');
    await settled();
    thumbnails.want(1, 256, (url) => arrived.push(url));
    await settled();
    source.loads.get(1)?.reject(new Error('gone'));
    await settled();
    assert.deepEqual(arrived, ['small', 'small']);
  });
});
