import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { ClassifierTarget } from '../../../src/core/classifiers/classifierOptions.ts';
import { deployedClassifier } from '../../../src/core/classifiers/deploy/deployedClassifier.ts';
import { writeSnippets } from '../../../src/files/deployFiles.ts';
import { noModels, startEngine } from '../../unit/engine/engineHarness.ts';
import { testFolder } from '../../unit/folders.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const starter = path.join(root, 'dist', 'models', 'starter.onnx');
const drawings = path.join(root, 'sample-workspace', 'icons');

/** Real photographs and backbones, where they are. */
const shared = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '..', 'shared', 'data');
const photographs = path.join(shared, 'images', 'pacs-photo');
const mobilenet = path.join(shared, 'backbones', 'mobilenetv2.onnx');

/** Why nothing can be exported; false where it can. */
export const nothingToExport: string | false =
  noModels || (existsSync(drawings) ? false : 'sample-workspace is not there (npm run build)');

/** What is said of one image; programs write it as a line of JSON. */
interface Said {
  readonly path: string;
  readonly label: string | null;
  readonly confidence: number;
}

/** A classifier in one file for each target, a folder of programs that use it, and what SeMap itself says. */
export interface Exported {
  readonly files: ReadonlyMap<ClassifierTarget, { readonly model: string; readonly programs: string }>;
  /** Images that SeMap decodes as they are: photographs where there are some, otherwise drawings. */
  readonly images: readonly string[];
  readonly said: readonly Said[];
}

/** Has the engine align the classes of a folder, export that, and classify three of them. */
export async function exportAndClassify(targets: readonly ClassifierTarget[]): Promise<Exported> {
  const place = testFolder();
  const arePhotographs = existsSync(photographs) && existsSync(mobilenet);
  const [folder, backbone] = arePhotographs ? [photographs, mobilenet] : [drawings, starter];
  const engine = await startEngine(place);
  try {
    const classes = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const names = classes.map(({ name }) => ({ name }));
    const alignment = await engine.rpc.call('align', { backbone, targets: names, method: 'semap' });
    const files = new Map<ClassifierTarget, { readonly model: string; readonly programs: string }>();
    for (const target of targets) {
      const model = path.join(place, `${target} #1.onnx`);
      const params = { backbone, alignment, options: { target }, file: model, version: '0.0.0' };
      const exported = await engine.rpc.call('exportClassifier', params);
      const programs = path.join(place, target);
      await writeSnippets(programs, deployedClassifier('pets.onnx', exported), model);
      files.set(target, { model, programs });
    }
    const said: Said[] = [];
    const folders = classes.slice(0, 3).map(({ name }) => path.join(folder, name));
    const classify = { folders, backbone, alignment };
    await engine.rpc.call('classify', classify, {
      onProgress: ({ predictions }) => {
        for (const { path: image, target, confidence } of predictions)
          said.push({ path: image, label: alignment.targets[target]!.label, confidence });
      },
    });
    const images = said.map(({ path: image }) => image).toSorted();
    return { files, images, said };
  } finally {
    await engine.stop();
  }
}

/**
 * How a program's answers differ from those of SeMap.
 * @param lines one JSON for each image, by a path that `nameOf` gives of the image's own
 */
export function differences(
  { said }: Exported,
  lines: readonly string[],
  nameOf = (image: string) => image,
): { readonly images: number; readonly otherLabels: number; readonly largest: number } {
  const own = new Map(said.map((one) => [nameOf(one.path), one]));
  const pairs = lines.map((line) => {
    const answer = JSON.parse(line) as Said;
    return { answer, expected: own.get(answer.path)! };
  });
  return {
    images: pairs.length,
    otherLabels: pairs.filter(({ answer, expected }) => answer.label !== expected.label).length,
    largest: Math.max(
      ...pairs.map(({ answer, expected }) => Math.abs(answer.confidence - expected.confidence)),
    ),
  };
}
