import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LabelSpace } from '../../../../src/core/labels/labelSpace.ts';
import { labelSpaceOf, parseLabels } from '../../../../src/core/labels/labelSpaces.ts';
import type { TargetLabel } from '../../../../src/core/labels/targetLabels.ts';
import { noteTexts } from '../../../../src/core/similarity/labelNoteTexts.ts';
import { WordNetSimilarity } from '../../../../src/core/similarity/wordnetSimilarity.ts';
import { say } from '../../../../src/core/text/text.ts';
import { builtWordNet, imagenet, noTable } from '../labels/table.ts';

describe('WordNet similarity', { skip: noTable }, () => {
  const similarity = noTable ? (undefined as never) : new WordNetSimilarity(builtWordNet());

  function best(names: readonly (string | TargetLabel)[], space: LabelSpace = imagenet()): string[] {
    const targets = names.map((name) => (typeof name === 'string' ? { name } : name));
    const { values, columns } = similarity.compare(targets, space);
    return targets.map((_, t) => {
      const row = [...values.subarray(t * columns, (t + 1) * columns)];
      return space.labels[row.indexOf(Math.max(...row))]!.name;
    });
  }

  function senses(...targets: TargetLabel[]): (string | undefined)[] {
    return similarity.compare(targets, imagenet()).meanings!.senses.map((chosen) => chosen[0]?.key);
  }

  it('takes the CIFAR-10 labels in the senses that one sees', () => {
    const names = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
    const keys = senses(...names.map((name) => ({ name })));
    assert.deepEqual(keys, [
      'airplane%1:06:00::',
      'automobile%1:06:00::',
      'bird%1:05:00::',
      'cat%1:05:00::',
      'deer%1:05:00::',
      'dog%1:05:00::',
      'frog%1:05:00::',
      'horse%1:05:00::',
      'ship%1:06:00::',
      'truck%1:06:00::',
    ]);
  });

  it('stays between 0, for nothing in common, and 1, and puts kinds above relatives', () => {
    const odd = ['', '猫', '🐱', '__proto__', '<img src=x>', 'a'.repeat(5000), 'word '.repeat(500), '((($&'];
    const names = ['tench', 'crane', 'dog', 'okapi', 'Katze', ...odd];
    const space = imagenet();
    const { values, columns } = similarity.compare(
      names.map((name) => ({ name })),
      space,
    );
    assert.ok(values.every((value) => value >= 0 && value <= 1));
    const of = (t: number, source: string) =>
      values[t * columns + space.labels.findIndex(({ name }) => name === source)]!;
    assert.ok(of(0, 'tench') > 0.95);
    assert.ok(of(2, 'beagle') > 0.6 && of(2, 'beagle') > of(2, 'timber wolf'));
    assert.ok(of(3, 'gazelle') > 0.1 && of(3, 'gazelle') < 0.5);
    assert.equal(Math.max(...values.subarray(4 * columns, 5 * columns)), 0);
  });

  it('lets the other labels decide between senses', () => {
    assert.deepEqual(senses({ name: 'crane' }, { name: 'heron' }, { name: 'stork' })[0], 'crane%1:05:00::');
    assert.deepEqual(
      senses({ name: 'crane' }, { name: 'excavator' }, { name: 'bulldozer' })[0],
      'crane%1:06:00::',
    );
  });

  it('follows hints, notes in brackets and pinned senses', () => {
    assert.deepEqual(senses({ name: 'crane (bird)' }), ['crane%1:05:00::']);
    assert.deepEqual(senses({ name: 'crane', hint: 'machine' }), ['crane%1:06:00::']);
    assert.deepEqual(senses({ name: 'crane', sense: 'crane%1:17:00::' }), ['crane%1:17:00::']);
    assert.deepEqual(best([{ name: 'Mitzi', hint: 'Siamese cat' }]), ['Siamese cat']);
  });

  it('takes a hint that is no category of the name for what the label means', () => {
    const rooms = similarity.compare(
      [
        { name: 'kitchen', hint: 'stove, dishwasher; refrigerator' },
        { name: 'Bengal', hint: 'Bengal cat' },
        { name: 'seal', hint: 'xyzzy | sea lion' },
      ],
      imagenet(),
    ).meanings!;
    const keys = rooms.senses.map((senses) => senses.map(({ key }) => key));
    assert.deepEqual(keys, [
      ['stove%1:06:00::', 'dishwasher%1:06:00::', 'refrigerator%1:06:00::'],
      ['cat%1:05:00::'],
      ['sea_lion%1:05:00::'],
    ]);
    assert.deepEqual(rooms.notes, [
      [{ kind: 'hint-meant', phrases: ['stove', 'dishwasher', 'refrigerator'] }],
      [
        { kind: 'hint-meant', phrases: ['bengal cat'] },
        { kind: 'head-only', phrase: 'bengal cat', head: 'cat' },
      ],
      [
        { kind: 'hint-meant', phrases: ['sea lion'] },
        { kind: 'hint-unknown', hint: 'xyzzy' },
      ],
    ]);
    assert.deepEqual(best([{ name: 'cardboard', hint: 'carton' }]), ['carton']);
  });

  it('takes no hint that says what a label is not for what it is', () => {
    const { notes, senses } = similarity.compare(
      [
        { name: 'kitchen', hint: 'not_cat' },
        { name: 'street', hint: "no man's land" },
      ],
      imagenet(),
    ).meanings!;
    assert.deepEqual(notes[0], [{ kind: 'hint-unknown', hint: 'not cat' }]);
    assert.equal(senses[0][0].phrase, 'kitchen');
    assert.equal(senses[1][0].key, "no_man's_land%1:15:00::");
  });

  it('tells beginning and end of a long hint that it does not know', () => {
    const said = say(noteTexts({ kind: 'hint-unknown', hint: 'x'.repeat(10_000) }).said);
    assert.match(said, /"x{50,60}…x{20,30}"/);
  });

  it('takes a hint that is a category or a context of the name for a choice between its senses', () => {
    const choices = { crane: 'machine', mouse: 'computer', bat: 'baseball', seal: 'mammal' };
    const targets = Object.entries(choices).map(([name, hint]) => ({ name, hint }));
    const { senses: chosen, notes } = similarity.compare(targets, imagenet()).meanings!;
    const files = chosen.map(([sense]) => sense!.key.split(':')[1]);
    assert.deepEqual(files, ['06', '06', '06', '05']);
    for (const note of notes) assert.equal(note[0]!.kind, 'hint-chose');
  });

  it('finds plurals, run-together words and misspellings', () => {
    assert.deepEqual(best(['Leopards', 'StopWatch', 'electric_guitar', 'strawbery', 'firetruck']), [
      'leopard',
      'stopwatch',
      'electric guitar',
      'strawberry',
      'fire engine',
    ]);
  });

  it('knows longer words with two slips or a wrong letter, which the other labels decide between', () => {
    const cycles = [{ name: 'motocycle' }, { name: 'bicycle' }, { name: 'bus' }, { name: 'truck' }];
    assert.deepEqual(senses({ name: 'girrafe' }), ['giraffe%1:05:00::']);
    assert.equal(senses(...cycles)[0], 'motorcycle%1:06:00::');
    assert.deepEqual(senses({ name: 'helikopter' }), ['helicopter%1:06:00::']);
    assert.deepEqual(senses({ name: 'tabla' }, { name: 'industrial' }), [undefined, undefined]);
  });

  it('lets dishes be food, and what sounds like one no weapon', () => {
    const dishes = ['beef_tartare', 'baby_back_ribs', 'oysters', 'cannoli', 'lasagna', 'hummus', 'gnocchi'];
    const more = ['risotto', 'ravioli', 'paella', 'pancakes', 'ice cream'];
    const targets = [...dishes, ...more].map((name) => ({ name }));
    const { values, columns, meanings } = similarity.compare(targets, imagenet());
    const keys = meanings!.senses.slice(0, 3).map(([sense]) => sense!.key);
    assert.deepEqual(keys, ['beef%1:13:00::', 'rib%1:13:00::', 'oyster%1:13:00::']);
    const cannon = imagenet().labels.findIndex(({ name }) => name === 'cannon');
    assert.equal(values[3 * columns + cannon], 0);
  });

  it('does not take another thing under the same name for one of the kind of the others', () => {
    const { values } = similarity.compare(
      ['mole', 'hedgehog', 'shrew', 'weasel'].map((name) => ({ name })),
      imagenet(),
    );
    const breakwater = imagenet().labels.findIndex(({ name }) => name === 'breakwater');
    assert.ok(values[breakwater]! < 0.05);
  });

  it('looks for the singular of a plural that is a word of its own', () => {
    const names = ['shoes', 'glasses', 'bowls', 'arms', 'vases', 'caves', 'bus', 'lens'];
    const { senses: found } = similarity.compare(
      names.map((name) => ({ name })),
      imagenet(),
    ).meanings!;
    const lemmas = found.map(([sense]) =>
      [sense!, ...sense!.alternatives].map(({ key }) => key.split('%')[0]),
    );
    const others = ['shoe', 'glass', 'bowl', 'arm'];
    others.forEach((one, t) => {
      assert.ok(lemmas[t]!.includes(names[t]!) && lemmas[t]!.includes(one), String(lemmas[t]));
    });
    assert.deepEqual(
      lemmas.slice(4).map((all) => [...new Set(all)]),
      [['vase'], ['cave'], ['bus'], ['lens']],
    );
  });

  it('goes without the numbers of folders', () => {
    assert.deepEqual(best(['003.backpack', '129.leopards-101', 'dog 2']).slice(0, 2), [
      'backpack',
      'leopard',
    ]);
  });

  it('follows the last noun of a name that WordNet lacks, not what qualifies it', () => {
    assert.match(senses({ name: 'desk_lamp' })[0]!, /^lamp%/);
    assert.match(senses({ name: 'bus interior' })[0]!, /^bus%/);
    assert.match(senses({ name: 'badminton court outdoor' })[0]!, /^badminton_court%/);
  });

  it('takes a sense that a source shows for one that can be seen', () => {
    const { descendants } = similarity.compare([{ name: 'stop sign' }], imagenet()).meanings!;
    const shown = descendants[0]!.map((s) => imagenet().labels[s]!.name);
    assert.ok(shown.includes('street sign'), String(shown));
  });

  it('does not take a rare name of a thing for the thing', () => {
    const [sense] = senses({ name: 'trash' }, { name: 'metal' }, { name: 'plastic' });
    assert.equal(sense, 'trash%1:27:00::');
  });

  it('does not take a man-eater for a man', () => {
    assert.equal(best(['man', 'woman', 'boy'])[0], 'ballplayer');
  });

  it('tells a thing of which the one source is but one of many kinds; not a food, nor a source itself', () => {
    const labels = ['train', 'cabbage', 'toaster', 'dog', 'clay'];
    const { narrow } = similarity.compare(
      labels.map((name) => ({ name })),
      imagenet(),
    ).meanings!;
    assert.deepEqual(
      labels.filter((_, t) => narrow![t]),
      ['train'],
    );
  });

  it('knows what people wear, of kinds of person only', () => {
    const labels = ['woman', 'person', 'scuba diver', 'dog', 'Obama', 'coat'];
    const { worn } = similarity.compare(
      labels.map((name) => ({ name })),
      imagenet(),
    ).meanings!;
    assert.deepEqual(
      labels.filter((_, t) => worn![t].length > 0),
      ['woman', 'person'],
    );
    const kimono = imagenet().labels.findIndex(({ name }) => name === 'kimono');
    assert.ok(worn![0].includes(kimono));
    assert.match(explained('woman', kimono), /People wear "kimono"\./);
  });

  it('lists the sources below a target, 118 for dog', () => {
    const { descendants, kinds } = similarity.compare([{ name: 'dog' }, { name: 'deer' }], imagenet())
      .meanings!;
    assert.equal(descendants[0]!.length, 118);
    assert.deepEqual(descendants[1], []);
    assert.equal(kinds?.[0], 190);
  });

  /** Why a label has its similarity to a source label of ImageNet. */
  function explained(name: string, source: number): string {
    const reasons = similarity.compare([{ name }], imagenet()).explain(0, source);
    return reasons.map((text) => say(text)).join('\n');
  }

  it('says that it knows nothing about words that are none', () => {
    const { values, meanings } = similarity.compare([{ name: '日本語' }], imagenet());
    assert.ok(values.every((value) => value === 0));
    assert.deepEqual(meanings!.senses, [[]]);
    assert.match(explained('日本語', 0), /does not know "日本語"/);
  });

  it('says what of a label it could not read as it is written', () => {
    const notes = (...targets: TargetLabel[]) => similarity.compare(targets, imagenet()).meanings!.notes;
    assert.deepEqual(
      notes(
        { name: 'dog' },
        { name: 'strawbery' },
        { name: 'refrirator' },
        { name: 'livingroom' },
        { name: 'wheaten terrier' },
        { name: '日本語' },
        { name: 'crane', hint: 'bird' },
        { name: 'crane', hint: 'xyzzy' },
      ),
      [
        [],
        [{ kind: 'respelled', from: 'strawbery', to: 'strawberry' }],
        [{ kind: 'respelled', from: 'refrirator', to: 'refrigerator' }],
        [],
        [{ kind: 'head-only', phrase: 'wheaten terrier', head: 'terrier' }],
        [{ kind: 'unknown', phrase: '日本語' }],
        [{ kind: 'hint-chose', hint: 'bird' }],
        [{ kind: 'hint-unknown', hint: 'xyzzy' }],
      ],
    );
  });

  it('takes the name of a place for another of what most of the others are', () => {
    const dogs = ['beagle', 'pug', 'boxer', 'collie'];
    const cats = ['Siamese cat', 'tabby', 'Persian'];
    const names = [...dogs, ...cats, 'Bengal', 'Havanese', 'sofa'];
    const { senses: found, notes } = similarity.compare(
      names.map((name) => ({ name })),
      imagenet(),
    ).meanings!;
    const keys = found.map(([sense]) => sense?.key);
    assert.equal(keys[2], 'boxer%1:05:00::');
    assert.equal(keys[6], 'persian_cat%1:05:00::');
    assert.deepEqual(keys.slice(7, 10), ['domestic_animal%1:05:00::', undefined, 'sofa%1:06:00::']);
    assert.deepEqual(notes[7], [{ kind: 'like-others', phrase: 'bengal', others: 'domestic animal' }]);
    assert.deepEqual(
      similarity.compare([{ name: 'Copenhagen' }, { name: 'sofa' }], imagenet()).meanings!.notes[0],
      [{ kind: 'proper-name', phrase: 'copenhagen' }],
    );
  });

  it('looks nothing up of a sentence, a code or a person, and of a thing with its state the thing', () => {
    const names = ['Keep dogs on a leash', 'R2-17b', 'Brad Pitt', 'Apple___scab', 'vehicle - car'];
    const { values, columns, meanings } = similarity.compare(
      names.map((name) => ({ name })),
      imagenet(),
    );
    assert.ok(values.subarray(0, 3 * columns).every((value) => value === 0));
    assert.deepEqual(meanings!.notes, [
      [{ kind: 'sentence' }],
      [{ kind: 'code', phrase: 'r2 17b' }],
      [{ kind: 'proper-name', phrase: 'brad pitt' }],
      [{ kind: 'head-only', phrase: 'Apple___scab', head: 'apple' }],
      [],
    ]);
    assert.equal(meanings!.senses[4]![0]!.key, 'car%1:06:00::');
  });

  it('takes what is no name among sentences for one', () => {
    const signs = ['Keep right', 'Beware of snow', 'Fasten your belt', 'stop sign', 'Wild animals crossing'];
    const read = (names: readonly string[]) =>
      similarity
        .compare(
          names.map((name) => ({ name })),
          imagenet(),
        )
        .meanings!.notes.at(-1)![0]!.kind;
    assert.equal(read(signs), 'sentence');
    assert.equal(read(signs.slice(3)), 'part-only');
  });

  it('explains a pair by its path and glosses', () => {
    const beagle = imagenet().labels.findIndex((label) => label.name === 'beagle');
    const ambulance = imagenet().labels.findIndex((label) => label.name === 'ambulance');
    assert.match(
      explained('dog', beagle),
      /"beagle" is a kind of "dog": beagle → hound → hunting dog → dog\./,
    );
    const truck = explained('truck', ambulance);
    assert.match(truck, /Both are kinds of "motor vehicle": truck → motor vehicle ← car ← ambulance\./);
  });

  it('finds what is in a place, what is made of a material, and says which definition told', () => {
    const rooms = best(['kitchen', 'bedroom', 'living room', 'bathroom']);
    assert.ok(['dishwasher', 'stove', 'toaster', 'refrigerator'].includes(rooms[0]), rooms[0]);
    assert.deepEqual(best(['cardboard', 'glass', 'metal', 'paper'])[0], 'carton');
    const carton = imagenet().labels.findIndex((label) => label.name === 'carton');
    assert.match(explained('cardboard', carton), /The definition of "carton" mentions "cardboard"\./);
  });

  it('takes a material for what sources speak of', () => {
    assert.equal(senses({ name: 'wood' }, { name: 'leather' }, { name: 'paper' })[0], 'wood%1:27:00::');
  });

  it('takes no rock python for rock, and no wood rabbit for wood', () => {
    const [rock, wood] = best(['rock', 'wood', 'leather', 'metal']);
    assert.ok(['cliff', 'stone wall'].includes(rock), rock);
    assert.ok(['wooden spoon', 'crate', 'matchstick', 'plane'].includes(wood), wood);
  });

  it('takes a source of the same name for the thing where their definitions are close', () => {
    assert.deepEqual(best(['tv', 'couch', 'sink', 'mirror']), [
      'television',
      'studio couch',
      'washbasin',
      'car mirror',
    ]);
    assert.deepEqual(best(['plane', 'ship', 'car'])[0], 'airliner');
  });

  it('reads shelves in a definition as shelf', () => {
    assert.deepEqual(best(['shelf', 'stapler', 'mirror'])[0], 'bookcase');
  });

  it('furnishes a room of which no definition speaks like the rooms beside it', () => {
    const rooms = ['living room', 'bedroom', 'kitchen'].map((name) => ({ name }));
    const comparison = similarity.compare(rooms, imagenet());
    const values = [...comparison.values.subarray(0, comparison.columns)];
    const order = [...values.keys()].sort((a, b) => values[b] - values[a]);
    const nearest = order.slice(0, 8).map((s) => imagenet().labels[s].name);
    for (const piece of ['table lamp', 'bookcase', 'dining table']) assert.ok(nearest.includes(piece), piece);
    const reasons = comparison.explain(0, order[0]).map((text) => say(text));
    assert.ok(reasons.includes('Places like "living room" are mentioned with "furniture".'), String(reasons));
    assert.ok(!comparison.explain(2, order[0]).some((text) => say(text).startsWith('Places like')));
  });

  it('asks no definition about animals: a cock is defined as a male, and is no man', () => {
    assert.notEqual(best(['man', 'woman'])[0], 'cock');
  });

  it('puts related sources next to one another', () => {
    const space = imagenet();
    const order = [...similarity.treeOrder(space)];
    const sorted = [...order].sort((a, b) => a - b);
    assert.deepEqual(sorted, [...space.labels.keys()]);
    const { descendants } = similarity.compare([{ name: 'dog' }], space).meanings!;
    const places = descendants[0]!.map((s) => order.indexOf(s));
    assert.equal(Math.max(...places) - Math.min(...places), 117);
  });

  it('never compares with a background class', () => {
    const space = labelSpaceOf('two', parseLabels('background\ncat'), builtWordNet());
    const { values } = similarity.compare([{ name: 'background' }], space);
    assert.equal(values[0], 0);
  });

  it('aligns label spaces that are no wnids, by common names in brackets too', () => {
    const cifar = labelSpaceOf('cifar', parseLabels('airplane\ncat\nship\ntruck'), builtWordNet());
    assert.deepEqual(best(['tabby', 'liner', 'pickup truck'], cifar), ['cat', 'ship', 'truck']);
    const birds = labelSpaceOf(
      'birds',
      parseLabels("Haemorhous cassinii (Cassin's Finch)\nGrus grus (Common Crane)\nBubo bubo (Eagle Owl)"),
      builtWordNet(),
    );
    assert.deepEqual(best(['owl', 'crane', 'finch'], birds), [
      'Bubo bubo (Eagle Owl)',
      'Grus grus (Common Crane)',
      "Haemorhous cassinii (Cassin's Finch)",
    ]);
  });
});
