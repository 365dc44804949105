import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  extensionOfSidecar,
  NoXmp,
  type Tagging,
  taggedXmp,
} from '../../../../../src/core/exports/sidecars/xmp.ts';
import { seededRandom } from '../../../../../src/core/random.ts';
import { XmlProblem } from '../../../../../src/core/text/xmlTags.ts';

const pug: Tagging = { label: 'pug', kinds: ['animal', 'dog'], confidence: 0.9, backbone: 'starter' };

/** Entries of a list, in order. */
function list(xmp: string | undefined, name: string): string[] {
  const [, inside = ''] = new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(xmp ?? '') ?? [];
  return [...inside.matchAll(/<rdf:li>(.*?)<\/rdf:li>/gs)].map(([, value]) => value);
}

/** As darktable writes it, with what it keeps in it. */
const DARKTABLE = `<?xml version="1.0" encoding="UTF-8"?>
<!-- kept -->
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:darktable="http://darktable.sf.net/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmp:Rating="4"
    darktable:history_end="2">
   <darktable:history>
    <rdf:Seq>
     <rdf:li darktable:operation="exposure" darktable:params="0000c03f"/>
    </rdf:Seq>
   </darktable:history>
   <dc:subject>
    <rdf:Bag>
     <rdf:li>holiday</rdf:li>
     <rdf:li>dog</rdf:li>
    </rdf:Bag>
   </dc:subject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
`;

describe('a new sidecar', () => {
  test('has the label as a keyword and its kinds as a hierarchy', () => {
    const xmp = taggedXmp(undefined, pug, { extension: 'jpg' });
    assert.deepEqual(list(xmp, 'dc:subject'), ['pug']);
    assert.deepEqual(list(xmp, 'lr:hierarchicalSubject'), ['animal|dog|pug']);
    assert.deepEqual(list(xmp, 'digiKam:TagsList'), []);
    assert.equal(extensionOfSidecar(xmp!), 'jpg');
    assert.deepEqual(list(taggedXmp(undefined, pug, { digiKam: true }), 'digiKam:TagsList'), [
      'animal/dog/pug',
    ]);
    assert.deepEqual(list(taggedXmp(undefined, { ...pug, kinds: [] }), 'lr:hierarchicalSubject'), []);
  });

  test('is not made where nothing is said, nor written again where it says the same', () => {
    assert.equal(taggedXmp(undefined, undefined), undefined);
    assert.equal(taggedXmp(taggedXmp(undefined, pug), pug), undefined);
  });

  test('has labels that are hostile as text, and levels that do not fall apart', () => {
    const label = '<b>&"\'|/\u0000\u202e\ud800]]>';
    const xmp = taggedXmp(undefined, { ...pug, label }, { digiKam: true })!;
    assert.equal(taggedXmp(xmp, { ...pug, label }, { digiKam: true }), undefined);
    assert.equal(list(xmp, 'lr:hierarchicalSubject')[0].split('|').length, 3);
    assert.equal(list(xmp, 'digiKam:TagsList')[0].split('/').length, 3);
    assert.ok(!xmp.includes('\u0000') && !xmp.includes('<b>'));
    assert.deepEqual(list(taggedXmp(xmp, pug), 'dc:subject'), ['pug']);
  });
});

describe('a sidecar of another program', () => {
  test('keeps everything in it, in its lines, and gets the label', () => {
    const xmp = taggedXmp(DARKTABLE, pug)!;
    assert.deepEqual(list(xmp, 'dc:subject'), ['holiday', 'dog', 'pug']);
    const added = xmp.split('\n').filter((line) => !DARKTABLE.includes(line.trim()));
    for (const line of DARKTABLE.split('\n')) {
      const words = line.trim().replace(/>$/, '');
      assert.ok(xmp.includes(words), `${words} is gone`);
    }
    assert.ok(xmp.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<!-- kept -->\n'));
    assert.ok(added.length < 25);
  });

  test('loses what SeMap wrote and nothing that a person did, though it is the same', () => {
    const dog: Tagging = { ...pug, label: 'dog', kinds: ['animal'] };
    const tagged = taggedXmp(DARKTABLE, dog)!;
    assert.deepEqual(list(tagged, 'dc:subject'), ['holiday', 'dog']);
    const other = taggedXmp(tagged, pug)!;
    assert.deepEqual(list(other, 'dc:subject'), ['holiday', 'dog', 'pug']);
    assert.deepEqual(list(other, 'lr:hierarchicalSubject'), ['animal|dog|pug']);
    const none = taggedXmp(other, undefined)!;
    assert.deepEqual(list(none, 'dc:subject'), ['holiday', 'dog']);
    assert.ok(!/semap:|hierarchicalSubject/.test(none.replace(/xmlns:\w+="[^"]*"/g, '')));
    assert.equal(taggedXmp(none, undefined), undefined);
    assert.equal(taggedXmp(DARKTABLE, undefined), undefined);
  });

  test("is kept up in digiKam's own list where there is one", () => {
    const list_ =
      '<digiKam:TagsList xmlns:digiKam="http://www.digikam.org/ns/1.0/"><rdf:Seq><rdf:li>Places/Home</rdf:li></rdf:Seq></digiKam:TagsList>';
    const xmp = taggedXmp(DARKTABLE.replace('   <dc:subject>', `   ${list_}\n   <dc:subject>`), pug)!;
    assert.match(xmp, /<rdf:li>Places\/Home<\/rdf:li>/);
    assert.match(xmp, /<rdf:li>animal\/dog\/pug<\/rdf:li>/);
  });

  for (const [what, before, keywords] of [
    [
      'other prefixes',
      wrapped(
        '<d:subject xmlns:d="http://purl.org/dc/elements/1.1/"><r:Bag><r:li>mine</r:li></r:Bag></d:subject>',
        'r',
      ),
      ['mine', 'pug'],
    ],
    [
      'a keyword as an attribute',
      wrapped('').replace(
        'rdf:about=""',
        'rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:subject="mine"',
      ),
      ['mine', 'pug'],
    ],
    [
      'a keyword without a list',
      wrapped('<dc:subject xmlns:dc="http://purl.org/dc/elements/1.1/">mine</dc:subject>'),
      ['mine', 'pug'],
    ],
    [
      'a prefix that means something else',
      wrapped('<dc:x xmlns:dc="urn:other"/>').replace(
        'rdf:about=""',
        'rdf:about="" xmlns:lr="urn:not-lightroom"',
      ),
      ['pug'],
    ],
    [
      'no description',
      '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF>',
      ['pug'],
    ],
    [
      'two descriptions',
      wrapped(
        '<a:b xmlns:a="urn:a">1</a:b></rdf:Description><rdf:Description rdf:about=""><dc:subject xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Bag><rdf:li>mine</rdf:li></rdf:Bag></dc:subject>',
      ),
      ['mine', 'pug'],
    ],
    ['Windows line ends', DARKTABLE.replaceAll('\n', '\r\n'), ['holiday', 'dog', 'pug']],
  ] as const) {
    test(`is read with ${what}`, () => {
      const xmp = taggedXmp(before, pug)!;
      const found = [...xmp.matchAll(/<\w+:li>([^<|]*)<\/\w+:li>/g)].map(([, value]) => value);
      assert.deepEqual([...new Set(found)].sort(), [...keywords].sort());
      assert.equal(taggedXmp(xmp, pug), undefined);
      if (before.includes('\r\n')) assert.ok(!/[^\r]\n/.test(xmp));
      assert.ok(
        !before.includes('urn:not-lightroom') ||
          xmp.includes('xmlns:lr2="http://ns.adobe.com/lightroom/1.0/"'),
      );
    });
  }

  test('of another encoding is written as UTF-8, and says so', () => {
    assert.match(
      taggedXmp(DARKTABLE.replace('UTF-8', 'utf-16'), pug)!,
      /^<\?xml version="1.0" encoding="UTF-8"\?>/,
    );
  });

  for (const [what, text] of [
    ['entities', DARKTABLE.replace('<!-- kept -->', '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>')],
    ['files of the disk', DARKTABLE.replace('<!-- kept -->', '<!DOCTYPE x SYSTEM "file:///etc/passwd">')],
    ['half of it gone', DARKTABLE.slice(0, 700)],
    ['a great depth', wrapped(`${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`)],
    ['very many elements', wrapped(`<rdf:Bag>${'<rdf:li/>'.repeat(250_000)}</rdf:Bag>`)],
    ['an entity that nobody defined', wrapped('<a>&nbsp;</a>')],
    ['a prefix that nobody declared', wrapped('<no:a/>')],
  ] as const) {
    test(`is refused with ${what}`, () => assert.throws(() => taggedXmp(text, pug), XmlProblem));
  }

  test('is refused where it is no XMP', () => {
    assert.throws(() => taggedXmp('<svg/>', pug), NoXmp);
    assert.throws(() => taggedXmp('<a:RDF xmlns:a="urn:x"/>', pug), NoXmp);
    assert.throws(() => taggedXmp('plain text', pug), XmlProblem);
  });
});

test('sidecars that are damaged anywhere are read or refused, and say nothing else', () => {
  const random = seededRandom(7);
  const text = taggedXmp(DARKTABLE, pug, { digiKam: true })!;
  let refused = 0;
  for (let n = 0; n < 500; n++) {
    const [at, length] = [Math.floor(random() * text.length), Math.floor(random() * 12)];
    const other = ['', '<', '>', '&', '"', '/>', '<!--', ']]>', '\u0000', 'xmlns:rdf="urn:x"'][n % 10];
    try {
      const merged = taggedXmp(text.slice(0, at) + other + text.slice(at + length), { ...pug, label: 'cat' });
      if (merged !== undefined) assert.equal(taggedXmp(merged, { ...pug, label: 'cat' }), undefined);
    } catch (error) {
      assert.ok(error instanceof XmlProblem || error instanceof NoXmp, String(error));
      refused++;
    }
  }
  assert.ok(refused > 100 && refused < 500);
});

function wrapped(content: string, prefix = 'rdf'): string {
  const text = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="">${content}</rdf:Description></rdf:RDF></x:xmpmeta>`;
  return prefix === 'rdf'
    ? text
    : text.replaceAll('rdf:', `${prefix}:`).replace('xmlns:rdf', `xmlns:${prefix}`);
}
