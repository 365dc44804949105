import type { SnippetParts } from './deployedClassifier.ts';
import { quoted } from './quoted.ts';

/** A program for Node with onnxruntime-node and sharp. */
export function nodeSnippet({ classifier, model }: SnippetParts): string {
  const { input, probabilities, label, size } = classifier;
  const fitted = size
    ? `\n    .resize({ width: ${size.width}, height: ${size.height}, fit: 'cover', kernel: 'cubic' }) // the size that the model takes`
    : '';
  return `// Classifies images: node classify.mjs photo.jpg ...
// Needs: npm install onnxruntime-node sharp

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import sharp from 'sharp';

// Read when onnxruntime is loaded: without it, its build for Linux reports usage.
process.env.ORT_DISABLE_TELEMETRY = '1';
const { InferenceSession, Tensor } = (await import('onnxruntime-node')).default;

const beside = (file) => resolve(import.meta.dirname, file);
const labels = JSON.parse(await readFile(beside('labels.json'), 'utf8'));
const session = await InferenceSession.create(beside(${quoted(model)}));

for (const file of process.argv.slice(2)) {
  // Upright RGB with what is transparent on white, 8 bits each.
  const { data, info } = await sharp(file)
    .rotate()
    .flatten({ background: 'white' })
    .toColourspace('srgb')${fitted}
    .raw()
    .toBuffer({ resolveWithObject: true });
  const image = new Tensor('uint8', data, [1, info.height, info.width, 3]);
  const outputs = await session.run({ ${quoted(input)}: image });
  const confidence = Math.max(...outputs[${quoted(probabilities)}].data);
  // -1: not sure enough of any label.
  const label = labels[Number(outputs[${quoted(label)}].data[0])] ?? null;
  console.log(JSON.stringify({ path: file, label, confidence: Number(confidence.toFixed(6)) }));
}
`;
}
