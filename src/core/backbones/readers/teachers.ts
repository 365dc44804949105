import { phrase } from '../../text/text.ts';
import { isPixels } from '../backboneSidecar.ts';
import { SCALINGS } from '../scalings.ts';
import {
  edges,
  jsonPaper,
  type ModelPapers,
  nameList,
  type Reading,
  record,
  SQUARE_FIRST,
  text,
} from './reading.ts';

/** Microsoft Lobe: `signature.json`, which names the model file. Its sample code cuts a square, then resizes it to 0 to 1. */
export function readLobe(papers: ModelPapers): Reading | undefined {
  const signature = record(jsonPaper(papers, 'signature.json'));
  const labels = nameList(record(signature['classes'])['Label']);
  const image = record(record(signature['inputs'])['Image']);
  const { filename } = signature;
  const isOther = typeof filename === 'string' && filename !== papers.fileName;
  if (!labels || isOther) return undefined;
  const shape = Array.isArray(image['shape']) ? image['shape'] : [];
  const size = edges([shape[1], shape[2]]);
  return {
    from: phrase('{0} ({1})', 'signature.json', 'Lobe'),
    sidecar: {
      labels,
      preprocessing: {
        ...SCALINGS.zeroToOne,
        channels: 'rgb',
        ...SQUARE_FIRST,
        ...(size ? { size } : {}),
        resample: 'bicubic',
      },
    },
  };
}

/** Google's Teachable Machine: `metadata.json`. It cuts a square, resizes it by Lanczos and scales it to -1 to 1. */
export function readTeachableMachine(papers: ModelPapers): Reading | undefined {
  const metadata = record(jsonPaper(papers, 'metadata.json'));
  const isOurs = 'tmVersion' in metadata || /teachablemachine/.test(text(metadata['packageName']));
  const labels = nameList(metadata['labels']);
  if (!isOurs || !labels) return undefined;
  const size = metadata['imageSize'];
  return {
    from: phrase('{0} ({1})', 'metadata.json', 'Teachable Machine'),
    sidecar: {
      labels,
      preprocessing: {
        ...SCALINGS.minusOneToOne,
        channels: metadata['grayscale'] === true ? 'gray' : 'rgb',
        ...SQUARE_FIRST,
        ...(isPixels(size) ? { size: { height: size, width: size } } : {}),
        resample: 'lanczos',
      },
    },
  };
}
