import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { sampleImages } from '../../scripts/sampleWorkspace.ts';
import { serialiseAlignment } from '../../src/core/alignments/alignmentText.ts';
import type { RankResult } from '../../src/core/runs/rankingRecord.ts';
import { verbatim } from '../../src/core/text/text.ts';
import { findRecordOf } from '../unit/core/find/findFixture.ts';
import { alignment, finishedRun } from '../unit/host/results/fakeRun.ts';
import { writeRun } from '../unit/host/training/runFixture.ts';
import '../unit/host/withFakeVscode.ts';

const { saveRanking } = await import('../../src/host/ranking/rankingRecord.ts');
const { KeptResult } = await import('../../src/host/results/keptResult.ts');

const RANKING: RankResult = {
  rows: [
    {
      name: 'tiny',
      path: '/m/tiny.onnx',
      facts: {
        sourceCount: 10,
        labelSpace: 'ten',
        bytes: 5,
        parameters: null,
        imagesPerSecond: 9.5,
        labelSimilarity: { meanBest: 0.5, withKinds: 1 },
      },
      scores: {
        images: 3,
        labelled: 3,
        accuracy: 0.5,
        leep: -1,
        nce: -1,
        logMe: null,
        hScore: null,
        plainHScore: null,
      },
    },
  ],
  verdict: { best: ['tiny'], headline: verbatim('tiny leads.'), reasons: [], limits: [] },
  targets: ['cat'],
  found: 3,
  skipped: [],
  seed: 0,
  method: { name: 'semap', similarity: 'wordnet' },
  device: { provider: 'cpu', name: 'CPU', why: verbatim('no other') },
  seconds: 1,
  cancelled: false,
};

/**
 * Fills a folder with a run of every kind and a document, as they were written on another computer; one picture is there.
 * @param folder empty
 */
export async function everyKindOfRun(folder: string): Promise<void> {
  const runs = path.join(folder, '.semap', 'runs');
  for (const id of ['one', 'other']) {
    const run = await finishedRun();
    const kept = await KeptResult.begin(run, { root: folder, workspace: folder });
    await kept.finish(run);
    // Its images lay below the root of that computer.
    const record = path.join(kept.folder, 'run.json');
    const told = JSON.parse(await readFile(record, 'utf8'));
    await writeFile(record, JSON.stringify({ ...told, root: '/', name: `pets ${id}` }));
  }
  await mkdir(path.join(folder, 'photos', 'cat'), { recursive: true });
  await copyFile(path.join(sampleImages, 'cat', '02-cat.png'), path.join(folder, 'photos', 'cat', '1.jpg'));
  const params = { folders: ['/photos'], targets: [{ name: 'cat' }], backbones: ['/m/tiny.onnx'] };
  await saveRanking(folder, params, RANKING, new Date('2026-11-20T09:00:00Z'));
  await writeRun(folder, '2026-11-20T10-00-00-train-icons', { name: 'a training' });
  const find = path.join(runs, '2026-11-20T11-00-00-find-icons');
  await mkdir(find, { recursive: true });
  await writeFile(path.join(find, 'run.json'), JSON.stringify(findRecordOf(find, { name: 'a search' })));
  const text = serialiseAlignment(alignment);
  await writeFile(path.join(folder, 'one.semap.json'), text);
  await writeFile(path.join(folder, 'two.semap.json'), text.replaceAll('"weight": 1', '"weight": 0.5'));
}
