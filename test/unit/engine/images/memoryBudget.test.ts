import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DecodePool } from '../../../../src/engine/images/decodePool.ts';
import {
  type BudgetMember,
  type MemoryAnswer,
  MemoryBudget,
  memoryForPictures,
} from '../../../../src/engine/images/memoryBudget.ts';
import { testFolder } from '../../folders.ts';
import { ppm } from '../colours.ts';
import { blankPng, gradientJpeg, smallInput } from './imageFiles.ts';

/** A thread as the budget sees it. */
class Asker {
  readonly member: BudgetMember;
  answers: MemoryAnswer[] = [];

  constructor(budget: MemoryBudget) {
    this.member = budget.join();
  }

  async ask(bytes: number, more = false): Promise<void> {
    void this.member.ask({ bytes, more }).then((answer) => this.answers.push(answer));
    await sleep(5);
  }

  async done(): Promise<void> {
    this.member.done();
    await sleep(5);
  }
}

const count = (...askers: Asker[]) => askers.map(({ answers }) => answers.length);

describe('The memory that threads share for pictures', () => {
  test('lets in what there is room for, in order; a big picture waits for the others and then they for it', async () => {
    const budget = new MemoryBudget(100);
    const [a, b, big, last] = Array.from({ length: 4 }, () => new Asker(budget));
    await a.ask(40);
    await b.ask(40);
    await big.ask(100);
    await last.ask(10);
    assert.deepEqual(count(a, b, big, last), [1, 1, 0, 0], 'the small one does not overtake the big one');
    assert.deepEqual([a.member.waiting, big.member.waiting, last.member.waiting], [false, true, true]);
    await a.done();
    assert.deepEqual(count(big, last), [0, 0]);
    await b.done();
    assert.deepEqual(count(big, last), [1, 0]);
    await big.done();
    assert.deepEqual(count(big, last), [1, 1]);
  });

  test('lets in fewer together than one alone may take', async () => {
    const budget = new MemoryBudget(100, 50);
    const [a, b, big] = Array.from({ length: 3 }, () => new Asker(budget));
    await a.ask(30);
    await b.ask(30);
    await big.ask(90);
    assert.deepEqual(count(a, b, big), [1, 0, 0]);
    await a.done();
    assert.deepEqual(count(b, big), [1, 0]);
    await b.done();
    assert.deepEqual(count(big), [1]);
  });

  test('refuses what there is never room for, and says what there is', async () => {
    const asker = new Asker(new MemoryBudget(100));
    await asker.ask(101);
    assert.deepEqual(asker.answers, [{ limit: 100 }]);
    await asker.ask(100);
    assert.deepEqual(asker.answers.at(-1), {});
  });

  test('two that hold memory and want more do not wait for each other', async () => {
    const budget = new MemoryBudget(100);
    const [a, b] = [new Asker(budget), new Asker(budget)];
    await a.ask(60, true);
    await b.ask(30, true);
    assert.deepEqual(count(a, b), [1, 0], 'one of them reads at a time');
    await a.ask(90);
    assert.deepEqual(count(a, b), [2, 0]);
    await a.done();
    await b.ask(90);
    assert.deepEqual(count(a, b), [2, 2]);
  });

  test('a thread that ends gives back what it had, and waits no longer', async () => {
    const budget = new MemoryBudget(100);
    const [a, b, c] = [new Asker(budget), new Asker(budget), new Asker(budget)];
    await a.ask(100);
    await b.ask(100);
    await c.ask(100);
    b.member.leave();
    a.member.leave();
    await sleep(5);
    assert.deepEqual(count(b, c), [0, 1]);
  });

  test('is a quarter of the machine, or of the container where that has less', () => {
    assert.equal(memoryForPictures(16e9, 0), 4e9);
    assert.equal(memoryForPictures(16e9, 2 ** 64), 4e9);
    assert.equal(memoryForPictures(16e9, 4e9), 1e9);
    assert.equal(memoryForPictures(5e8, 0), 2 ** 28);
  });
});

describe('Decoding within a budget', () => {
  const folder = testFolder();
  const file = (name: string, bytes: Uint8Array): string => {
    const at = path.join(folder, name);
    writeFileSync(at, bytes);
    return at;
  };
  test('pictures that do not fit beside each other are decoded one after the other, and small ones meanwhile', async () => {
    const big = Array.from({ length: 4 }, (_, i) => file(`big${i}.png`, blankPng(5000, 4000)));
    const small = file('small.jpg', gradientJpeg(60, 40));
    // One takes 60 MB unpacked, in which its picture is made.
    const pool = new DecodePool({ workers: 2, memory: new MemoryBudget(80e6) });
    try {
      const found = await Promise.all([...big, small].map((one) => pool.thumbnail(one, 32)));
      assert.equal(found.length, 5);
    } finally {
      await pool.dispose();
    }
  });

  test('a picture that never fits is refused by its size, and the others are not', async () => {
    const big = file('big.png', blankPng(5000, 4000));
    const small = file('small.jpg', gradientJpeg(60, 40));
    const pool = new DecodePool({ workers: 1, memory: new MemoryBudget(50e6) });
    try {
      await assert.rejects(pool.thumbnail(big, 32), {
        reason: 'unreadable-image',
        message:
          'The image of 5000 x 4000 pixels needs about 60.2 MB of memory, and images may take 50.0 MB on this computer.',
      });
      assert.ok((await pool.thumbnail(small, 32)).bytes.length > 0);
    } finally {
      await pool.dispose();
    }
  });

  test('waiting for room is not taking too long', async () => {
    // Large to read, and nothing to decode: only the waiting takes time.
    const big = file('waiting.ppm', Buffer.concat([ppm([9, 9, 9]), Buffer.alloc(17 << 20)]));
    const memory = new MemoryBudget(80e6);
    const other = new Asker(memory);
    await other.ask(80e6);
    const pool = new DecodePool({ workers: 1, memory, secondsPerFile: 1 });
    try {
      const loaded = pool.load(big, smallInput);
      await sleep(3000);
      await other.done();
      assert.ok((await loaded).image.byteLength > 0);
    } finally {
      await pool.dispose();
    }
  });
});
