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
    release: (url: string) => void released.push(url),
    give: (image: number, url: string) => {
      loads.get(image)?.resolve(url);
      return settled();
    },
    refuse: (image: number) => {
      loads.get(image)?.reject(new Error('no picture'));
      return settled();
    },
  };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Pictures of a source that answers when it is told to, and what arrived of them. */
function shown(limits: { kept: number; atATime: number }) {
  const source = fakeSource();
  const arrived: (string | undefined)[] = [];
  return { source, thumbnails: new Thumbnails(source, limits), arrived };
}

describe('thumbnails', () => {
  it('loads few at a time, and what was wanted last first', async () => {
    const { source, thumbnails } = shown({ kept: 10, atATime: 2 });
    for (const image of [1, 2, 3, 4]) thumbnails.want(image, 128, () => {});
    await settled();
    assert.deepEqual(source.asked, [4, 3]);
    thumbnails.want(1, 128, () => {});
    await source.give(4, 'four');
    assert.deepEqual(source.asked, [4, 3, 1]);
  });

  it('never loads what scrolled away before its turn, and gives up what is under way', async () => {
    const { source, thumbnails, arrived } = shown({ kept: 10, atATime: 1 });
    thumbnails.want(1, 128, (url) => arrived.push(url));
    await settled();
    thumbnails.want(2, 128, (url) => arrived.push(url));
    thumbnails.forget(1);
    thumbnails.forget(2);
    assert.ok(source.loads.get(1)?.signal.aborted);
    await source.refuse(1);
    assert.deepEqual(source.asked, [1]);
    assert.deepEqual(arrived, []);
  });

  it('loads again what comes back while its given-up load is still ending', async () => {
    const { source, thumbnails, arrived } = shown({ kept: 10, atATime: 2 });
    thumbnails.want(1, 128, () => assert.fail('the first tile is gone'));
    await settled();
    thumbnails.forget(1);
    thumbnails.want(1, 128, (url) => arrived.push(url));
    await source.refuse(1);
    await source.give(1, 'one');
    assert.deepEqual(arrived, ['one']);
  });

  it('keeps a bounded number of pictures and releases the ones not used for longest', async () => {
    const { source, thumbnails } = shown({ kept: 2, atATime: 4 });
    for (const image of [1, 2]) thumbnails.want(image, 128, () => {});
    await settled();
    source.loads.get(1)?.resolve('one');
    await source.give(2, 'two');
    thumbnails.want(1, 128, () => {});
    thumbnails.want(3, 128, () => {});
    await settled();
    await source.give(3, 'three');
    assert.deepEqual(source.released, ['two']);
    assert.deepEqual(source.asked, [2, 1, 3]);
  });

  it('says when there is no picture', async () => {
    const { source, thumbnails, arrived } = shown({ kept: 2, atATime: 1 });
    thumbnails.want(1, 128, (url) => arrived.push(url));
    await settled();
    await source.refuse(1);
    assert.deepEqual(arrived, [undefined]);
  });

  it('releases everything when another run is shown, also what arrives too late', async () => {
    const { source, thumbnails } = shown({ kept: 5, atATime: 5 });
    for (const image of [1, 2]) thumbnails.want(image, 128, () => {});
    await settled();
    await source.give(1, 'one');
    thumbnails.clear();
    await source.give(2, 'two');
    assert.deepEqual(source.released, ['one', 'two']);
  });

  it('loads again what was loaded for a smaller place, which stands in until then', async () => {
    const { source, thumbnails, arrived } = shown({ kept: 5, atATime: 5 });
    thumbnails.want(1, 64, (url) => arrived.push(url));
    await settled();
    await source.give(1, 'small');
    thumbnails.want(1, 256, (url) => arrived.push(url));
    await settled();
    assert.deepEqual(arrived, ['small', 'small']);
    await source.give(1, 'large');
    assert.deepEqual(arrived, ['small', 'small', 'large']);
    assert.deepEqual([source.sizes, source.released], [[64, 256], ['small']]);
    thumbnails.want(1, 128, (url) => arrived.push(url ?? ''));
    await settled();
    assert.deepEqual([arrived.at(-1), source.sizes.length], ['large', 2]);
  });

  it('gives up what is under way for a smaller place', async () => {
    const { source, thumbnails, arrived } = shown({ kept: 5, atATime: 5 });
    thumbnails.want(1, 64, () => assert.fail('too small'));
    await settled();
    thumbnails.want(1, 256, (url) => arrived.push(url));
    assert.ok(source.loads.get(1)?.signal.aborted);
    await source.refuse(1);
    await source.give(1, 'large');
    assert.deepEqual(arrived, ['large']);
  });

  it('keeps the smaller picture where a sharp one cannot be had', async () => {
    const { source, thumbnails, arrived } = shown({ kept: 5, atATime: 5 });
    thumbnails.want(1, 64, () => {});
    await settled();
    await source.give(1, 'small');
    thumbnails.want(1, 256, (url) => arrived.push(url));
    await settled();
    await source.refuse(1);
    assert.deepEqual(arrived, ['small', 'small']);
  });

  it('loads ahead while nothing is wanted, in half of the places, and nothing twice or in vain', async () => {
    const { source, thumbnails, arrived } = shown({ kept: 10, atATime: 4 });
    thumbnails.want(1, 128, () => {});
    thumbnails.expect([1, 2, 3, 4, 5], 128);
    await settled();
    assert.deepEqual(source.asked, [1, 2]);
    await source.give(1, 'one');
    await source.refuse(2);
    assert.deepEqual(source.asked, [1, 2, 3, 4]);
    thumbnails.want(3, 128, (url) => arrived.push(url));
    thumbnails.want(6, 128, () => {});
    await settled();
    assert.deepEqual(source.asked, [1, 2, 3, 4, 6], 'what is wanted does not wait for what is loaded ahead');
    await source.give(3, 'three');
    assert.deepEqual(arrived, ['three']);
    thumbnails.expect([2, 1], 128);
    await source.give(4, 'four');
    await source.give(6, 'six');
    assert.deepEqual(source.asked, [1, 2, 3, 4, 6], 'what was told before is expected no more');
    thumbnails.want(4, 128, (url) => arrived.push(url ?? ''));
    assert.deepEqual(arrived, ['three', 'four']);
  });
});
