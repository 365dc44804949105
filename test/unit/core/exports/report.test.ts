import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import type { ExportedImage, ExportedRun, ExportSource } from '../../../../src/core/exports/exportedRun.ts';
import { type ExportFilter, filtered } from '../../../../src/core/exports/exportFilter.ts';
import type { ExportContext, FormatOptions } from '../../../../src/core/exports/format.ts';
import { htmlFormat, markdownFormat } from '../../../../src/core/exports/report/reportFormats.ts';
import { LOOK } from '../../../../src/core/likeness/looks.ts';
import type { AnswerFigures } from '../../../../src/core/runs/answerFigures.ts';
import { ENGLISH, type Language, phrase } from '../../../../src/core/text/text.ts';
import { imageOf, sourceOf } from './fakeSource.ts';

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47);

async function written(
  format: typeof htmlFormat,
  source: ExportSource,
  context: Partial<ExportContext> = {},
  options: FormatOptions = {},
): Promise<string> {
  let text = '';
  const { filter } = context;
  const chosen = filter ? filtered(source, filter) : source;
  for await (const part of format.write(chosen, options, { version: '1.2.3', language: ENGLISH, ...context }))
    text += part;
  return text;
}

const markdown = (source: ExportSource, filter?: ExportFilter) => written(markdownFormat, source, { filter });

/** `count` images of a label, the first `right` of which are answered right, the others as `wrong`. */
function answered(label: string, count: number, right: number, wrong: string): ExportedImage[] {
  return Array.from({ length: count }, (_, i) =>
    imageOf(`${label}/${i}.jpg`, {
      label: i < right ? label : wrong,
      truth: label,
      confidence: 0.99 - i / 1000,
    }),
  );
}

const pets = [...answered('cat', 30, 27, 'dog'), ...answered('dog', 10, 10, 'cat')];

/** What the engine says of them. */
const figures: AnswerFigures = {
  accuracy: 0.925,
  balancedAccuracy: 0.95,
  measuredOn: {
    images: 40,
    measured: 40,
    learned: 0,
    unmatched: [],
    unmatchedFolders: 0,
    unmatchedImages: 0,
    labels: 2,
    labelsMeasured: 2,
    labelsWithout: [],
  },
  perClass: [
    { label: 'cat', images: 30, recall: 0.9, precision: 1, f1: 0.947 },
    { label: 'dog', images: 10, recall: 1, precision: 0.769, f1: 0.87 },
  ],
};

/** The lines of a section. */
function section(text: string, heading: string): string {
  const [, found] = text.split(`\n## ${heading}\n`);
  assert.ok(found !== undefined, `no section ${heading}`);
  return found.split('\n## ')[0];
}

/** Every tag with the names of its attributes: what an element is, whatever texts there are. */
function tagsOf(html: string): string[] {
  return html.match(/<[^>]*>/g)!.map((tag) => tag.replaceAll(/="[^"]*"/g, ''));
}

describe('a report', () => {
  it('says accuracy with its interval, what is confused, and each label', async () => {
    const text = await markdown(sourceOf(pets, { figures }));
    // Wilson's interval of 37 in 40.
    assert.match(section(text, 'Accuracy'), /^- Accuracy: 92\.5% \(80\.1% to 97\.4%\)$/m);
    assert.match(section(text, 'Confusion'), /^\| cat \| 27 \| 3 \|$/m);
    assert.match(section(text, 'Confusion'), /^\| cat \| dog \| 3 \|$/m);
    assert.match(section(text, 'Labels'), /^\| cat \| 27 \| .*\| 30 \| 90\.0% \(74\.4% to 96\.5%\) \|/m);
    assert.match(text, /^- \*\*40\*\* images$/m);
  });

  it('says how often answers of each confidence are right', async () => {
    const unsure = pets.map((image, i) => (i % 2 ? { ...image, confidence: 0.4 } : image));
    const lines = section(await markdown(sourceOf(unsure)), 'Accuracy').split('\n');
    assert.ok(lines.includes('| 0.0% to 50.0% | 20 | 90.0% (69.9% to 97.2%) |'));
    assert.ok(lines.includes('| 97.0% to 100.0% | 16 | 100.0% (80.6% to 100.0%) |'));
  });

  it('counts again where it is about a part, and says which', async () => {
    const source = sourceOf(pets, { figures });
    const text = await markdown(source, { labels: ['cat'], least: 0.9 });
    assert.match(section(text, 'Accuracy'), /^- Accuracy: 100\.0% /m);
    assert.match(
      section(text, 'What was asked'),
      /27 of 40 images: answered cat and confidence of at least 90\.0%$/m,
    );
    assert.match(section(text, 'What these figures do not say'), /about a part of the images/);
    assert.doesNotMatch(await markdown(source, {}), /Part of the images/);
  });

  it('knows a part of a run that was exported before by its number of images', async () => {
    const text = await markdown(sourceOf(pets.slice(0, 30), { figures }));
    assert.match(section(text, 'What was asked'), /^- Part of the images: 30 of 40 images$/m);
    assert.match(section(text, 'Accuracy'), /^- Accuracy: 90\.0% /m);
  });

  it('has no accuracy of images that were chosen by being right or wrong', async () => {
    const text = await markdown(sourceOf(pets, { figures }), { truth: 'wrong' });
    assert.doesNotMatch(text, /^- Accuracy:/m);
    assert.match(section(text, 'Accuracy'), /so accuracy is not reported/);
    assert.doesNotMatch(section(text, 'Labels'), /Recall/);
  });

  it('says an expected accuracy where no label is known, and that it is an estimate', async () => {
    const unknown = pets.map(({ truth: _, ...image }) => ({ ...image, judged: false }));
    const measuredOn = {
      ...figures.measuredOn,
      measured: 0,
      labelsMeasured: 0,
      withheld: 'no-truth' as const,
    };
    const expectedAccuracy = { accuracy: 0.7, low: 0.62, high: 0.78 };
    const source = sourceOf(unknown, {
      figures: { ...figures, accuracy: null, measuredOn, expectedAccuracy },
    });
    const text = await markdown(source);
    assert.match(text, /^- \*\*60 to 80%\*\* expected accuracy$/m);
    assert.match(section(text, 'Accuracy'), /60 to 80% of the answers are expected to be right: an estimate/);
    assert.doesNotMatch(text, /## (Confusion|Wrong answers|Right answers)/);
    assert.match(section(text, 'Examples'), /None is known to be right/);
    assert.match(section(text, 'What these figures do not say'), /Accuracy is unknown/);
  });

  it('shows the surest wrong answers, two of a pair at most, and a right one of each label', async () => {
    const text = await markdown(sourceOf(pets, { figures }));
    assert.deepEqual(section(text, 'Wrong answers').match(/^\| \S+/gm), [
      '| Image',
      '| ---',
      '| cat/27.jpg',
      '| cat/28.jpg',
    ]);
    assert.deepEqual(section(text, 'Right answers').match(/\S+\.jpg/g), ['cat/0.jpg', 'dog/0.jpg']);
    assert.match(section(text, 'Wrong answers'), /dog, 96\.3%; true label: cat \| ✗/);
    assert.match(section(text, 'Least sure answers'), /cat\/29\.jpg \| dog, 96\.1%; true label: cat/);
  });

  it('does not count what was learned from, nor show it as right or wrong', async () => {
    const learned = answered('cat', 4, 0, 'dog').map((image) => ({ ...image, judged: false }));
    const text = await markdown(sourceOf([...learned, ...answered('dog', 25, 25, 'cat')]));
    assert.match(section(text, 'Accuracy'), /^- Measured on: 25 of 29 images$/m);
    assert.doesNotMatch(text, /✗/);
  });

  it('tells what was withheld, settled, alike and not read', async () => {
    const looks = (group: number, bits = 0) => ({ group, looks: bits, width: 9, height: 9 });
    const images = [
      imageOf('1.jpg', { truth: 'cat', looks: looks(0) }),
      imageOf('2.jpg', { truth: 'cat', looks: looks(0, LOOK.odd) }),
      imageOf('3.jpg', {
        label: '',
        answer: 'dog',
        said: 'not sure',
        truth: 'cat',
        looks: looks(-1, LOOK.tiny),
      }),
      imageOf('4.jpg'),
    ];
    const settling: ExportedRun['settling'] = {
      shown: true,
      mode: 'auto',
      balanced: false,
      settled: true,
      kind: 'features',
      information: 0.5,
      evidence: 1,
      changed: 7,
      learned: 0,
      held: 0,
      rare: [],
      frequent: [],
      measured: figures,
      plainMeasured: { ...figures, accuracy: 0.5 },
    };
    const { measuredOn } = figures;
    const text = await markdown(
      sourceOf(images, {
        figures: {
          ...figures,
          measuredOn: { ...measuredOn, images: images.length, measured: images.length },
        },
        settling,
        caution: { thresholds: { all: 0.5 } },
        skipped: [{ path: '/photos/a|b.jpg', reason: phrase('The file is empty.') }],
        passedOver: { counts: { raw: 2 }, files: [] },
      }),
    );
    assert.match(section(text, 'Unsure answers'), /^- Not sure: 1$/m);
    assert.match(section(text, 'Unsure answers'), /^- Labels that are right: 100\.0% .* of 2$/m);
    assert.match(section(text, 'Settling'), /^- Changed answers: 7$/m);
    assert.match(section(text, 'Accuracy'), /^- Accuracy without settling: 50\.0% /m);
    assert.match(section(text, 'Similar and odd images'), /^- Near-duplicates: 2 images in 1 group$/m);
    assert.match(section(text, 'Similar and odd images'), /^- Tiny: 1 image$/m);
    assert.match(section(text, 'Similar and odd images'), /^- Known of: 3 of 4 images$/m);
    assert.match(section(text, 'Files not read'), /^\| \/photos\/a\\\|b\.jpg \| The file is empty\. \|$/m);
    assert.match(section(text, 'Files not read'), /2 raw photos/);
    assert.match(section(text, 'What these figures do not say'), /2 images are near-duplicates/);
  });

  it('is read without a script, and asks for nothing that is not in it', async () => {
    const html = await written(htmlFormat, sourceOf(pets, { figures }), {
      thumbnail: async () => ({ type: 'image/png', bytes: PNG }),
    });
    assert.match(html, /^<!doctype html>\n<html lang="en">/);
    assert.match(
      html,
      /Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'/,
    );
    assert.doesNotMatch(html, /<script|<link|<iframe|https?:|url\(|@import| on\w+=| style=/i);
    assert.equal(html.match(/<img src="data:image\/png;base64,iVBORw==" alt="[^"]+">/g)?.length, 2 + 2 + 12);
  });

  it('takes nothing of others for markup', async () => {
    const hostile = [
      '<img src=x onerror=alert(1)>',
      '"><script>alert(1)</script>',
      "' onmouseover='x",
      '</style></title><base href=//evil>',
      '[a](javascript:alert(1))',
      '| --- | `x` *b* _c_ ~~d~~ ![i](http://evil/x.png)',
      'turned \u202egnp.exe\nline',
      '# heading',
      'http://evil.example www.evil.example',
      '&lt;b&gt; {0}',
    ];
    const of = (names: readonly string[]) => {
      const images = names.map((name, i) =>
        imageOf(`${name.replaceAll('/', ':')}/${i}.jpg`, {
          label: names[(i + 1) % names.length],
          truth: name,
        }),
      );
      const target = { expected: 'good' as const, gloss: names[0], sources: [] };
      const alignment = {
        version: 1,
        backbone: { name: names[0], sha256: 'ab', labelSpace: names[1], sourceCount: 3 },
        method: { name: 'semap' as const, similarity: names[2] },
        aggregation: { kind: 'max' as const },
        targets: names.map((label) => ({
          ...target,
          label,
          sources: [{ label, index: 0, weight: 1, similarity: 1 }],
        })),
      };
      return sourceOf(images, {
        labels: names,
        folders: [`/photos`],
        alignment,
        alignmentFile: `/photos/${names[0]}`,
        skipped: [{ path: names[0], reason: phrase('{0} is empty.', names[6]) }],
        figures: {
          ...figures,
          measuredOn: {
            ...figures.measuredOn,
            ...{ images: names.length, measured: names.length, unmatchedFolders: names.length },
            unmatched: names.map((folder) => ({ folder, images: 1 })),
          },
        },
      });
    };
    const tame = hostile.map((_, i) => `label${i}`);
    const [html, plain] = [await written(htmlFormat, of(hostile)), await written(htmlFormat, of(tame))];
    assert.deepEqual(tagsOf(html), tagsOf(plain));
    assert.doesNotMatch(html, /[\u202e]/);
    assert.ok(html.includes('&lt;img src=x onerror=alert(1)&gt;'));
    assert.ok(
      html.includes('&amp;lt;b&amp;gt; {0}'),
      'entities and placeholders of a label are its own letters',
    );

    const [text, lines] = [await markdown(of(hostile)), (await markdown(of(tame))).split('\n')];
    assert.equal(text.split('\n').length, lines.length);
    for (const [i, line] of text.split('\n').entries()) {
      const cells = (row: string) => row.match(/(?<!\\)\|/g)?.length ?? 0;
      if (lines[i].startsWith('|')) assert.equal(cells(line), cells(lines[i]), line);
      // Beside the figures on top and the command line, nothing is marked up.
      if (!/^(?:semap |- \*\*|```)/.test(line))
        assert.doesNotMatch(line, /<|(?<!\\)[`*_]\w|(?<!\\)\]\(|(?<!\\):\/\/|www\.e|\u202e/, line);
    }
  });

  it('shows pictures as long as there is room, and only such as pages show', async () => {
    const big = { type: 'image/jpeg', bytes: new Uint8Array(1_500_000) };
    const many = sourceOf(answered('cat', 40, 40, 'dog'), { labels: ['cat', 'dog'] });
    const html = await written(htmlFormat, many, { thumbnail: async () => big }, { examples: '10' });
    assert.equal(html.match(/<img /g)?.length, 4);
    for (const thumbnail of [
      async () => ({ type: 'image/svg+xml', bytes: PNG }),
      () => Promise.reject(new Error('gone')),
      async () => undefined,
    ]) {
      const none = await written(htmlFormat, many, { thumbnail });
      assert.doesNotMatch(none, /<img /);
      assert.match(none, /No preview/);
    }
  });

  it('has as many examples as were asked for', async () => {
    assert.doesNotMatch(await written(markdownFormat, sourceOf(pets), {}, { examples: '0' }), /answers\n/);
    for (const examples of ['-1', 'x', '1000', '1.5'])
      await assert.rejects(written(markdownFormat, sourceOf(pets), {}, { examples }), {
        reason: 'invalid-argument',
      });
  });

  it('speaks the language of its reader', async () => {
    const bundle = new URL('../../../../l10n/bundle.l10n.ja.json', import.meta.url);
    const language: Language = { name: 'ja', patterns: JSON.parse(await readFile(bundle, 'utf8')) };
    const html = await written(htmlFormat, sourceOf(pets, { figures }), { language });
    assert.match(html, /^<!doctype html>\n<html lang="ja">/);
    // Headings and titles of columns are all translated.
    for (const [, words] of html.matchAll(/<(?:h2|th scope="col")[^>]*>([^<]*)</g))
      assert.doesNotMatch(words, /^(?!cat$|dog$|F1$)[\w ,]+$/);
  });

  it('lists no label twice a screen: tables of many labels end, and the matrix is left out', async () => {
    const labels = Array.from({ length: 1000 }, (_, i) => `label${i}`);
    const images = labels.flatMap((label, i) => answered(label, 2, 1, labels[(i + 1) % 1000]));
    const text = await markdown(sourceOf(images, { labels }));
    assert.match(section(text, 'Labels'), /^700 more labels are not listed\.$/m);
    assert.doesNotMatch(section(text, 'Confusion'), /Images by true label/);
    assert.equal(section(text, 'Right answers').match(/✓/g)?.length, 12);
    assert.ok(text.length < 60_000, String(text.length));
  });

  it('names files of one of several folders by that folder', async () => {
    const images = [imageOf('1.jpg'), { ...imageOf('2.jpg'), folder: 1, relative: 'x/2.jpg' }];
    const text = await markdown(sourceOf(images, { folders: ['/photos', '/other/inbox'] }));
    assert.match(text, /^# Classification of photos and inbox$/m);
    assert.match(section(text, 'Least sure answers'), /inbox\/x\/2\.jpg/);
  });

  it('keeps names that are written from right to left apart from what is beside them', async () => {
    const text = await markdown(
      sourceOf([imageOf('1.jpg', { label: 'קיפוד' })], { labels: ['cat', 'קיפוד'] }),
    );
    assert.match(section(text, 'Examples'), /\| \u2068קיפוד\u2069, 75\.0% \|/);
    assert.doesNotMatch(section(text, 'Examples'), /\u2068cat/);
  });

  it('draws the strongest source labels of each label, and names all that count in a table', async () => {
    const source = (label: string, index: number, weight: number) => ({
      label,
      index,
      weight,
      similarity: 1,
    });
    const cats = ['tabby', 'lynx', 'puma', 'lion', 'tiger', 'ocelot', 'kitten'].map((name, i) =>
      source(name, i, 1 - i / 10),
    );
    const target = { expected: 'fair' as const, expectedRecall: 0.41 };
    const alignment = {
      version: 1,
      backbone: { name: 'tiny', sha256: 'ab', labelSpace: 'own', sourceCount: 9 },
      method: { name: 'semap' as const, similarity: 'wordnet' },
      aggregation: { kind: 'max' as const },
      targets: [
        { ...target, label: 'cat', sources: cats },
        {
          ...target,
          label: 'dog',
          sources: [source('lynx', 1, 0.5)],
          measured: { recall: 0.625, images: 8 },
        },
      ],
    };
    const html = await written(htmlFormat, sourceOf(pets, { alignment }));
    const [drawing] = /<svg class="grid".*<\/svg>/.exec(html)!;
    assert.deepEqual(drawing.match(/(?<=<text[^>]*>)[^<]+/g), [
      'tabby',
      'lynx',
      'puma',
      'lion',
      'cat',
      'dog',
    ]);
    assert.deepEqual(drawing.match(/(?<=fill-opacity=")[^"]+/g), ['1.00', '0.92', '0.83', '0.74', '0.57']);
    const text = section(await markdown(sourceOf(pets, { alignment })), 'Alignment');
    assert.match(text, /^\| cat \| fair, 41% \| .*tabby \(1\), lynx \(0\.9\).* and 1 more \|$/m);
    assert.match(text, /^\| dog \| 62\.5% \(measured\) \|/m);
  });

  it('says that nothing was classified', async () => {
    const text = await markdown(sourceOf([]));
    assert.match(text, /^No image was classified\.$/m);
  });

  describe('says how to reproduce it', () => {
    const line = async (run: Partial<ExportedRun>) => {
      const text = await markdown(sourceOf(pets, { figures, ...run }));
      return /^```sh\n([\s\S]*?)\n```$/m.exec(section(text, 'How to reproduce'))?.[1];
    };

    it('by the alignment that answered, and what was asked of answers', async () => {
      const plain = { ...figures };
      const settling = {
        ...{ shown: true, mode: 'always' as const, balanced: true, settled: true, kind: 'logits' as const },
        ...{ information: 1, evidence: 1, changed: 0, learned: 0, held: 0, rare: [], frequent: [] },
        ...{ measured: plain, plainMeasured: plain },
      };
      assert.equal(
        await line({
          folders: ["/my photos/it's"],
          alignmentFile: '/my photos/$(x).semap.json',
          layouts: [{ kind: 'flat' }],
          split: 'test',
          settling,
          caution: {
            thresholds: { all: 0.3, labels: { 'a dog': 0.7 } },
            none: { errorRate: 0.1 },
            rollUp: true,
          },
        }),
        "semap classify '/my photos/it'\\''s' --alignment '/my photos/$(x).semap.json' --layout flat --split test --balanced --none 0.1 --threshold 0.3 --threshold 'a dog=0.7' --roll-up",
      );
    });

    it('by what was typed, but for the files that it wrote', async () => {
      const command = { folder: '/my work', words: ['semap', 'classify', 'p', '--csv', 'out.csv', '--json'] };
      assert.equal(await line({ command }), "cd '/my work'\nsemap classify p");
    });

    it('in the words of the machine', async () => {
      assert.equal(
        await line({ folders: ['C:\\my photos'], alignmentFile: 'C:\\a.semap.json' }),
        "semap classify 'C:\\my photos' --alignment C:\\a.semap.json --no-settle",
      );
    });

    it('or that it is not known', async () => {
      assert.equal(await line({}), undefined);
    });
  });
});
