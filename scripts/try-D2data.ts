import { gunzipSync, brotliDecompressSync } from "node:zlib";
const gz = (b: Uint8Array) => { try { return gunzipSync(b); } catch { return brotliDecompressSync(b); } };
import { readFileSync, writeFileSync } from 'node:fs';
import { buildWordnet } from '/work/main/scripts/build-wordnet.ts';
import { documentOf } from '/work/main/src/core/documents/alignmentBuilding.ts';
import { imagenet1k } from '/work/main/src/core/labels/labelSpaces.ts';
import { WordNet } from '/work/main/src/core/labels/wordnet.ts';
import { decodeTable } from '/work/main/src/core/labels/wordnetTable.ts';
import * as semantic from '/work/main/src/core/mapping/semantic.ts';
import { WordNetSimilarity } from '/work/main/src/core/similarity/wordnetSimilarity.ts';

console.log(Object.keys(semantic));
await buildWordnet('/tmp/D2/wn.bin');
const wn = new WordNet(gz(readFileSync("/tmp/D2/wn.bin")));
const space = imagenet1k(readFileSync('/work/main/models/label-spaces/imagenet-1k.txt', 'utf8'), wn);
const sim = new WordNetSimilarity(wn);
const sets: Record<string, string[]> = {
  cifar: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  hostile: [
    'dog',
    '<img src=x onerror=alert(1)>',
    '=cmd()',
    '../../etc',
    '🐶🦊',
    '犬と猫',
    'كلب كبير',
    'a very long label that goes on and on and on because somebody named the folder with a whole sentence in it',
    'supercalifragilisticexpialidocious_without_any_space_at_all_in_it',
  ],
  two: ['cat', 'dog'],
  hundred: space.labels.filter((_, i) => i % 10 === 3).map((l) => l.name),
  thousand: space.labels.map((l) => l.name),
};
for (const [name, labels] of Object.entries(sets)) {
  const targets = labels.map((name) => ({ name }));
  const m = sim.compare(targets, space);
  const mapping = semantic.semap(m);
  const document = documentOf({
    targets,
    labelSpace: space,
    backbone: { name: 'squeezenet1.1', sha256: 'ab' },
    method: { name: 'semap', similarity: 'wordnet' },
    mapping,
    similarity: m,
  } as never);
  writeFileSync(
    `/tmp/D2/data-${name}.json`,
    JSON.stringify({
      document,
      sources: space.labels.map((l) => ({ name: l.name, wnid: l.wnid })),
      values: Array.from(m.values, (v) => +v.toFixed(4)),
      tree: [...space.labels.keys()],
      why: sim.explain(targets, space, 0, 151),
    }),
  );
  console.log(
    name,
    document.targets
      .map((t: any) => `${t.label.slice(0, 12)} ${t.expected} ${t.sources.length}`)
      .slice(0, 12),
  );
}
