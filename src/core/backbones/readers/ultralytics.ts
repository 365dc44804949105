import { phrase } from '../../text/text.ts';
import { isPixels, type SidecarPreprocessing } from '../backboneSidecar.ts';
import { SCALINGS } from '../scalings.ts';
import { namesInLiteral } from './names.ts';
import { type ModelPapers, numbersIn, OPENCV, type Reading, SQUARE_FIRST } from './reading.ts';

/**
 * What Ultralytics writes into its exports: `task`, `names` as Python prints a dictionary, `imgsz`, `version`. The picture's
 * preparation follows from the version: 8.0 cut the square first and sampled it as OpenCV does; later ones resize the
 * shortest edge as Pillow does, and crop. YOLOv5 (no `task`) took the ImageNet mean.
 */
export function readUltralytics({ metadata }: ModelPapers): Reading | undefined {
  const { task, names: text } = metadata;
  const isYolo5 = task === undefined && metadata['stride'] !== undefined && text !== undefined;
  const isOurs = /ultralytics/i.test(`${metadata['author'] ?? ''} ${metadata['description'] ?? ''}`);
  if (!isYolo5 && !(isOurs && (task === 'classify' || task === undefined))) return undefined;
  const names = namesInLiteral(text);
  const version = metadata['version'] ?? '';
  const early = isYolo5 || /^8\.0\./.test(version);
  const [height, width = height] = numbersIn(metadata['imgsz']) ?? [];
  const sized = isPixels(height) && isPixels(width) ? { height, width } : undefined;
  const geometry: SidecarPreprocessing = early
    ? { ...SQUARE_FIRST, ...OPENCV, ...(sized ? { size: sized } : {}) }
    : {
        resample: 'bilinear',
        crop_pct: 1,
        ...(sized ? { size: { shortest_edge: Math.min(sized.height, sized.width) }, crop: sized } : {}),
      };
  return {
    from: phrase('metadata of {0}', isYolo5 ? 'YOLOv5' : `Ultralytics ${version.slice(0, 20)}`.trim()),
    sidecar: {
      ...(names ? { labels: names } : {}),
      preprocessing: { ...(isYolo5 ? SCALINGS.imagenet : SCALINGS.zeroToOne), channels: 'rgb', ...geometry },
    },
    ...(text !== undefined && !names
      ? { notes: [phrase('The names in the metadata cannot be read: {0}', text.slice(0, 60))] }
      : {}),
  };
}
