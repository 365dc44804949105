import type { AlignmentDocument } from '../../../src/core/alignments/alignment.ts';
import type { BackboneDescription } from '../../../src/core/backbones/backboneDescription.ts';
import type { BackboneSidecar } from '../../../src/core/backbones/backboneSidecar.ts';
import { alignmentOf, source, target } from '../alignments.ts';
import { inputSpec } from '../inputSpec.ts';
import { meanColour } from './classifierModel.ts';
import type { Scratch } from './engineHarness.ts';

export const colours = { cat: [200, 10, 10], dog: [10, 200, 10], bird: [10, 10, 200] } as const;

/** Describes {@link meanColour}: red is cat, green is dog, blue is bird. */
export const colourSidecar: BackboneSidecar = {
  labels: Object.keys(colours),
  preprocessing: {
    rescale_factor: 1 / 255,
    image_mean: [0, 0, 0],
    image_std: [1, 1, 1],
    channels: 'rgb',
    size: { height: 8, width: 8 },
  },
};

/** The same for images of `edge` x `edge`. */
export function sidecarOfSize(edge: number): BackboneSidecar {
  const size = { height: edge, width: edge };
  return { ...colourSidecar, preprocessing: { ...colourSidecar.preprocessing, size } };
}

/** A model with its description beside it. @returns the path of the model */
export function writeBackbone(
  to: Scratch,
  name: string,
  model = meanColour(),
  sidecar = colourSidecar,
): string {
  to.write(`${name}.backbone.json`, JSON.stringify(sidecar));
  return to.write(`${name}.onnx`, model);
}

/** {@link meanColour} in a file, described. */
export const describedColours = (file: string): BackboneDescription => ({
  name: 'net',
  path: file,
  sha256: 'net',
  bytes: 1000,
  inputName: 'image',
  input: inputSpec(8),
  outputName: 'scores',
  output: 'logits',
  labelSpace: { name: 'colours', labels: Object.keys(colours).map((name) => ({ name })), background: [] },
});

/** A binary PPM of one colour, with a little of `seed` in it so that files differ. */
export function ppm([r, g, b]: readonly number[], seed = 0, size = 8): Uint8Array {
  const header = Buffer.from(`P6\n${size} ${size}\n255\n`);
  const pixels = Buffer.alloc(size * size * 3);
  for (let i = 0; i < pixels.length; i += 3) pixels.set([r, g, b], i);
  pixels[0] = seed % 256;
  pixels[1] = (seed >> 8) % 256;
  return Buffer.concat([header, pixels]);
}

/** `count` images a class in `<folder>/<class>/<n>.ppm`. */
export function writeColourImages(to: Scratch, folder: string, count: number): string {
  let seed = 0;
  for (const [label, colour] of Object.entries(colours)) {
    for (let i = 0; i < count; i++) to.write(`${folder}/${label}/${i}.ppm`, ppm(colour, seed++));
  }
  return to.path(folder);
}

/** An alignment of targets with sources of the same index. */
export function identityAlignment(labels: readonly string[], labelSpace: string): AlignmentDocument {
  const targets = labels.map((label, index) => target(label, source(index, 1, 1, label)));
  return alignmentOf(labels.length, targets, {
    backbone: { name: 'test', sha256: '', labelSpace, sourceCount: labels.length },
  });
}
