import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LOOK } from '../../../../src/core/likeness/looks.ts';
import { GIVEN } from '../../../../src/core/truths/imageTruths.ts';
import { SHOWN } from '../../../../src/protocol/cautionView.ts';
import { GIVEN_HOW, type GiveParams } from '../../../../src/protocol/labelling.ts';
import { GalleryImages } from '../../../../webview/results/galleryImages.ts';
import { type GalleryArrangement, NO_FILTER } from '../../../../webview/results/galleryTools.ts';
import { GivenLabels } from '../../../../webview/results/givenLabels.ts';
import { ImageLooks } from '../../../../webview/results/imageLooks.ts';
import { Labeller } from '../../../../webview/results/labeller.ts';
import { bestLabels } from '../../../../webview/results/quickList.ts';
import { ResultTable } from '../../../../webview/results/resultTable.ts';
import { processorClock } from '../../processorClock.ts';

const LABELS = ['dog', 'cat', 'horse'];
const [DOG, CAT] = [0, 1];

/** Of images of which -2 is predicted it is said that they are none of the labels. */
function tableOf(...predicted: number[]): ResultTable {
  const table = new ResultTable();
  const none = predicted.map(() => -1);
  table.append({
    predicted: Int32Array.from(predicted, (target) => (target === -2 ? DOG : target)),
    truth: Int32Array.from(none),
    confidence: Float32Array.from(none, () => 0.5),
    plain: Int32Array.from(predicted),
    plainConfidence: Float32Array.from(none, () => 0.5),
    given: Int32Array.from(none),
    said: Int32Array.from(predicted, (target) => (target === -2 ? SHOWN.none : SHOWN.label)),
    split: Int8Array.from(none),
  });
  return table;
}

/** A labeller of images with these answers, and writes that end when the test says so. */
function labelling(...predicted: number[]) {
  const table = tableOf(...predicted);
  const writes: { params: Omit<GiveParams, 'run'>; end(error?: Error): Promise<void> }[] = [];
  const changed: (readonly number[] | undefined)[] = [];
  const failures: string[] = [];
  const labeller = new Labeller(
    table,
    {
      give: (params) =>
        new Promise((resolve, reject) => {
          const end = async (error?: Error) => {
            if (error) reject(error);
            else resolve(undefined);
            await new Promise(setImmediate);
          };
          writes.push({ params, end });
        }),
      undo: async () => [],
    },
    {
      changed: (images) => changed.push(images),
      stateChanged: () => {},
      failed: (error, images) => failures.push(`${(error as Error).message} ${images.join()}`),
    },
  );
  labeller.follow({ labels: LABELS, keys: {}, canUndo: false, canRedo: false });
  const count = predicted.length;
  labeller.given.append({
    given: new Int32Array(count).fill(GIVEN.nothing),
    how: new Uint8Array(count),
  });
  const shown = () => predicted.map((_, image) => labeller.given.given(image));
  const tell = (image: number, given: number, problem?: string) =>
    labeller.follow({
      canUndo: true,
      canRedo: false,
      problem,
      changed: { images: Int32Array.of(image), given: Int32Array.of(given), how: Uint8Array.of(0) },
    });
  return { labeller, writes, changed, failures, shown, tell };
}

describe('what an agent says of images', () => {
  const ofAgent = () => {
    const all = labelling(DOG, DOG, DOG, DOG);
    const { labeller } = all;
    labeller.follow({
      canUndo: false,
      canRedo: false,
      changed: {
        images: Int32Array.of(1, 2, 3),
        given: Int32Array.of(CAT, GIVEN.noneOfThese, CAT),
        how: Uint8Array.of(GIVEN_HOW.agent, GIVEN_HOW.agent, GIVEN_HOW.labeled),
      },
    });
    return all;
  };

  it('is told from what persons say, none of the labels too', () => {
    const { given } = ofAgent().labeller;
    assert.deepEqual(
      [0, 1, 2, 3].map((image) => given.how(image)),
      ['left', 'agent', 'agent', 'labeled'],
    );
    assert.deepEqual({ ...given.counts }, { left: 1, labeled: 1, accepted: 0, none: 0, agent: 2 });
    assert.deepEqual(given.ofAgents, [1, 2]);
    // Whoever gave it, the label has it.
    assert.equal(given.countOf(CAT), 2);
  });

  it("is the person's own once it is confirmed: its label, not the answer that is shown", async () => {
    const { labeller, writes, shown } = ofAgent();
    assert.deepEqual(labeller.give([0, 1, 2, 3], 'confirmed'), [1, 2]);
    const given = [CAT, GIVEN.noneOfThese];
    assert.deepEqual(writes[0]?.params, { images: [1, 2], given, accepted: true });
    assert.deepEqual(shown(), [GIVEN.nothing, CAT, GIVEN.noneOfThese, CAT]);
    assert.deepEqual(
      [1, 2].map((image) => labeller.given.how(image)),
      ['accepted', 'none'],
    );
    assert.deepEqual(labeller.given.ofAgents, []);
    assert.deepEqual(labeller.give([1, 2], 'confirmed'), [], 'there is nothing left to confirm');
  });

  it('is still of an agent where confirming could not be written', async () => {
    const { labeller, writes } = ofAgent();
    labeller.give([1], 'confirmed');
    await writes[0]!.end(new Error('disk full'));
    assert.deepEqual([labeller.given.how(1), labeller.unsaved], ['agent', 1]);
  });
});

describe('what a person says of images', () => {
  it('is counted as it changes', () => {
    const given = new GivenLabels();
    for (let i = 0; i < 1500; i++) given.append({ given: Int32Array.of(-1), how: Uint8Array.of(0) });
    assert.equal(given.counts.left, 1500);
    assert.ok(given.set(3, DOG, GIVEN_HOW.labeled));
    assert.ok(given.set(4, DOG, GIVEN_HOW.accepted));
    assert.ok(given.set(5, GIVEN.noneOfThese, GIVEN_HOW.labeled));
    assert.deepEqual({ ...given.counts }, { left: 1497, labeled: 1, accepted: 1, none: 1, agent: 0 });
    assert.deepEqual([given.countOf(DOG), given.countOf(CAT)], [2, 0]);
    assert.ok(given.set(3, CAT, GIVEN_HOW.labeled));
    assert.ok(!given.set(3, CAT, GIVEN_HOW.labeled), 'the same again is no change');
    assert.ok(!given.set(1500, CAT, GIVEN_HOW.labeled), 'there is no such image');
    given.set(4, GIVEN.nothing, GIVEN_HOW.labeled);
    assert.deepEqual([given.countOf(DOG), given.countOf(CAT)], [0, 1]);
    assert.deepEqual(
      [3, 4, 5, 9999].map((image) => given.how(image)),
      ['labeled', 'left', 'none', 'left'],
    );
  });
});

describe('giving labels', () => {
  it('shows them at once, and writes them as one step', async () => {
    const { labeller, writes, changed, shown } = labelling(DOG, CAT, DOG);
    assert.deepEqual(labeller.give([0, 2], CAT), [0, 2]);
    assert.deepEqual(shown(), [CAT, GIVEN.nothing, CAT]);
    assert.deepEqual(changed, [[0, 2]]);
    assert.deepEqual(writes[0]?.params, { images: [0, 2], given: [CAT, CAT], accepted: false });
    await writes[0]?.end();
    assert.deepEqual(shown(), [CAT, GIVEN.nothing, CAT]);
  });

  it('accepts of each image its own answer, and none of one that has none', () => {
    const { labeller, writes } = labelling(DOG, -1, CAT);
    assert.deepEqual(labeller.give([0, 1, 2], 'answer'), [0, 2]);
    assert.deepEqual(writes[0]?.params, { images: [0, 2], given: [DOG, CAT], accepted: true });
    assert.deepEqual(
      [0, 1].map((image) => labeller.given.how(image)),
      ['accepted', 'left'],
    );
    assert.deepEqual(labeller.give([1], 'answer'), []);
    assert.equal(writes.length, 1);
  });

  it('accepts that an image is none of the labels where that is what is said', () => {
    const { labeller, shown } = labelling(DOG, -2);
    labeller.give([0, 1], 'answer');
    assert.deepEqual(shown(), [DOG, GIVEN.noneOfThese]);
    assert.deepEqual(
      [0, 1].map((image) => labeller.given.how(image)),
      ['accepted', 'none'],
    );
  });

  it('gives nothing to images that have not arrived', () => {
    const { labeller, writes } = labelling(DOG);
    assert.deepEqual(labeller.give([7], CAT), []);
    assert.equal(writes.length, 0);
  });

  it('pretends nothing where a write failed: what is on disk is shown, and what is not', async () => {
    const { labeller, writes, failures, shown } = labelling(DOG, DOG);
    labeller.give([0], DOG);
    await writes[0]?.end();
    labeller.give([0, 1], CAT);
    await writes[1]?.end(new Error('The disk is full.'));
    assert.deepEqual(shown(), [DOG, GIVEN.nothing]);
    assert.deepEqual([labeller.failedOf(0), labeller.failedOf(1), labeller.unsaved], [CAT, CAT, 2]);
    assert.deepEqual(failures, ['The disk is full. 0,1']);
    labeller.give([1], GIVEN.noneOfThese);
    assert.deepEqual([labeller.failedOf(1), labeller.unsaved], [undefined, 1]);
  });

  it('keeps what was given last where an earlier write ends, or fails, after it', async () => {
    const { labeller, writes, shown, failures } = labelling(DOG);
    labeller.give([0], DOG);
    labeller.give([0], CAT);
    await writes[0]?.end(new Error('late'));
    assert.deepEqual([shown(), labeller.failedOf(0)], [[CAT], undefined]);
    await writes[1]?.end();
    assert.deepEqual(shown(), [CAT]);
    assert.deepEqual(failures, ['late ']);
  });

  it('takes what another window gave, but only after what is on its way', async () => {
    const { labeller, writes, shown, tell } = labelling(DOG, DOG);
    tell(1, CAT);
    assert.deepEqual(shown(), [GIVEN.nothing, CAT]);
    labeller.give([0], DOG);
    tell(0, CAT);
    assert.deepEqual(shown(), [DOG, CAT]);
    await writes[0]?.end();
    assert.deepEqual(shown(), [CAT, CAT]);
  });

  it('forgets what failed once it was written with what came after it', async () => {
    const { labeller, writes, tell } = labelling(DOG, DOG);
    labeller.give([0], CAT);
    tell(0, CAT, 'The disk is full.');
    await writes[0]?.end(new Error('The disk is full.'));
    assert.equal(labeller.failedOf(0), CAT);
    tell(1, DOG);
    assert.deepEqual([labeller.failedOf(0), labeller.given.given(0)], [undefined, CAT]);
  });

  it('says nothing of a run that is not shown any more', async () => {
    const { labeller, writes, changed, failures } = labelling(DOG);
    labeller.give([0], CAT);
    labeller.reset(tableOf());
    await writes[0]?.end(new Error('late'));
    assert.deepEqual([changed, failures, labeller.unsaved], [[[0]], [], 0]);
  });

  it('finds labels by their keys, those that a person chose first', () => {
    const { labeller } = labelling(DOG);
    assert.deepEqual(labeller.keys, ['d', 'c', 'h']);
    labeller.follow({ keys: { horse: 'd', dog: 'h' }, canUndo: false, canRedo: false });
    assert.deepEqual(
      [labeller.labelOf('d'), labeller.labelOf('h'), labeller.labelOf('q')],
      [2, 0, undefined],
    );
    assert.deepEqual(labeller.keyRecord, { dog: 'h', cat: 'c', horse: 'd' });
  });

  it('takes no longer for many images: a key looks at one', () => {
    const many = 50_000;
    const { labeller } = labelling(...new Array<number>(many).fill(DOG));
    const spent = processorClock();
    for (let image = 0; image < 1000; image++) labeller.give([image], CAT);
    assert.ok(spent() < 200);
    assert.deepEqual(
      { ...labeller.given.counts },
      { left: many - 1000, labeled: 1000, accepted: 0, none: 0, agent: 0 },
    );
  });
});

describe('images that are labeled while a filter leaves out labeled ones', () => {
  const left: GalleryArrangement = {
    kind: 'left',
    truth: undefined,
    predicted: undefined,
    split: undefined,
    least: 0,
    most: 100,
    text: '',
    look: undefined,
    sort: 'arrival',
    tileSize: undefined,
  };

  it('stay where they are until images are arranged again', async () => {
    const table = tableOf(DOG, DOG, DOG);
    const given = new GivenLabels();
    given.append({ given: Int32Array.of(-1, CAT, -1), how: Uint8Array.of(0, 0, 0) });
    const images = new GalleryImages(
      {
        names: async () => [],
        looks: async () => new ImageLooks({ groups: new Int32Array(), looks: new Uint8Array() }),
      },
      left,
    );
    images.reset(table, given);
    await images.arrange(left);
    assert.deepEqual(images.shown, [0, 2]);
    given.set(0, CAT, GIVEN_HOW.labeled);
    assert.equal(images.grow(), true);
    assert.deepEqual(images.shown, [0, 2]);
    await images.arrange(left);
    assert.deepEqual(images.shown, [2]);
    await images.arrange({ ...left, kind: 'labeled' });
    assert.deepEqual(images.shown, [0, 1]);
  });
});

describe('finding a label by its name', () => {
  it('puts the name itself first, then what begins with it, then words that do', () => {
    const labels = ['hot dog', 'dogma', 'bulldog', 'Dog', 'cat'];
    assert.deepEqual(
      bestLabels(labels, 'dog').map((at) => labels[at]),
      ['Dog', 'dogma', 'hot dog', 'bulldog'],
    );
    assert.deepEqual(bestLabels(labels, ''), [0, 1, 2, 3, 4]);
    assert.deepEqual(bestLabels(labels, 'tram'), []);
  });
});

describe('images that are looked at whatever their labels', () => {
  it('are asked about once, again where that failed, and are shown group by group', async () => {
    const answers = [
      () => Promise.reject(new Error('busy')),
      async () =>
        new ImageLooks({ groups: Int32Array.of(1, -1, 0, 1), looks: Uint8Array.of(0, LOOK.odd, 4, 5) }),
    ];
    const everything: GalleryArrangement = { ...NO_FILTER, sort: 'arrival', tileSize: undefined };
    let asked = 0;
    const images = new GalleryImages({ names: async () => [], looks: () => answers[asked++]() }, everything);
    images.reset(tableOf(DOG, DOG, DOG, DOG), new GivenLabels());
    await images.arrange({ ...everything, look: 'alike' });
    assert.match(String(images.problem?.message), /busy/);
    assert.deepEqual([images.shown, images.counts], [[], undefined]);
    await images.arrange({ ...everything, look: 'alike' });
    assert.deepEqual(images.shown, [0, 3, 2]);
    assert.deepEqual(images.counts, { alike: 3, odd: 2, blank: 0, tiny: 2 });
    await images.arrange({ ...everything, look: 'tiny' });
    assert.deepEqual([images.shown, images.problem], [[2, 3], undefined]);
    assert.equal(asked, 2);
  });
});
