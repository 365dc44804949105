import { labelsOfText } from '../../labels/labelFile.ts';
import { phrase, type Text } from '../../text/text.ts';
import { type BackboneSidecar, ranges, type SidecarPreprocessing } from '../backboneSidecar.ts';
import { SCALINGS } from '../scalings.ts';
import { jsonPaper, type ModelPapers, numbersIn, perChannel, type Reading, record, text } from './reading.ts';

/** What a picture's range means, by `Image.NominalPixelRange`. */
const RANGES: Readonly<Record<string, SidecarPreprocessing>> = {
  nominalrange_0_255: SCALINGS.raw,
  normalized_0_1: SCALINGS.zeroToOne,
  normalized_1_1: SCALINGS.minusOneToOne,
  nominalrange_16_235: { rescale_factor: 219 / 255, image_mean: [-16, -16, -16], image_std: [1, 1, 1] },
};

const FORMATS: Readonly<Record<string, SidecarPreprocessing['channels']>> = {
  gray8: 'gray',
  rgb8: 'rgb',
  bgr8: 'bgr',
  rgba8: 'rgba',
  bgra8: 'bgra',
};

/** The `Image.*` entries of the ONNX specification, which Windows ML, Core ML's converter and Custom Vision write. */
export function readImageMetadata({ metadata }: ModelPapers): Reading | undefined {
  const preprocessing = imageEntries(metadata);
  if (Object.keys(preprocessing).length === 0) return undefined;
  const { 'Image.BitmapPixelFormat': format, 'Image.NominalPixelRange': range } = metadata;
  const values = [format, range].filter((one) => one !== undefined).map((one) => one.slice(0, 40));
  return {
    from: phrase('metadata of the file ({0})', values.join(', ')),
    sidecar: { preprocessing },
    notes: notesOf(metadata),
  };
}

function imageEntries(metadata: Readonly<Record<string, unknown>>): SidecarPreprocessing {
  const range = text(metadata['Image.NominalPixelRange']).toLowerCase();
  const format = text(metadata['Image.BitmapPixelFormat']).toLowerCase();
  const channels = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  return {
    ...(Object.hasOwn(RANGES, range) ? RANGES[range] : {}),
    ...(channels === undefined ? {} : { channels }),
  };
}

function notesOf(metadata: Readonly<Record<string, string>>): readonly Text[] {
  return /linear/i.test(metadata['Image.ColorSpaceGamma'] ?? '')
    ? [phrase('The file asks for linear light. SeMap gives sRGB, as Windows ML does.')]
    : [];
}

/**
 * An export of Azure Custom Vision: `labels.txt`, and `cvexport.manifest` or `metadata_properties.json` beside it. Its sample
 * code squashes the picture with Pillow's bicubic filter and divides by 255, unless the file asks for 0 to 255.
 */
export function readCustomVision(papers: ModelPapers): Reading | undefined {
  const manifest = record(jsonPaper(papers, 'cvexport.manifest'));
  const properties = record(jsonPaper(papers, 'metadata_properties.json'));
  const isManifest = 'DomainType' in manifest && /^(?:onnx)?$/i.test(text(manifest['Platform']));
  const isOurs = isManifest || 'CustomVision.Metadata.Version' in properties;
  if (!isOurs) return undefined;
  const from = phrase(
    '{0} ({1})',
    isManifest ? 'cvexport.manifest' : 'metadata_properties.json',
    'Custom Vision',
  );
  // Whether it takes 0 to 255 or 0 to 1 is in the model alone: until that is read, it is not known.
  if (papers.isUnread) return { from, sidecar: labelsBeside(papers) };
  const said = imageEntries({ ...properties, ...papers.metadata });
  const numbers = (name: string) => {
    return numbersIn(text(properties[`CustomVision.Preprocess.${name}`]));
  };
  const mean = perChannel(numbers('NormalizeMean'), ranges.mean);
  const std = perChannel(numbers('NormalizeStd'), ranges.std);
  const domain = text(manifest['DomainType']) || 'Classification';
  const [height, width] = [numbers('TargetHeight')?.[0], numbers('TargetWidth')?.[0]];
  const sidecar: BackboneSidecar = {
    ...labelsBeside(papers),
    preprocessing: {
      ...SCALINGS.zeroToOne,
      channels: 'rgb',
      ...said,
      ...(mean?.some((one) => one !== 0) ? { image_mean: mean } : {}),
      ...(std?.some((one) => one !== 1) ? { image_std: std } : {}),
      fit: 'squash',
      ...(height && width ? { size: { height, width } } : {}),
      resample: 'bicubic',
    },
  };
  return {
    from,
    sidecar,
    ...(domain === 'Classification'
      ? {}
      : { notes: [phrase('cvexport.manifest says that this model is for {0}.', domain.slice(0, 40))] }),
  };
}

/** `labels.txt`, where it can be read. */
function labelsBeside({ files }: ModelPapers): Pick<BackboneSidecar, 'labels'> {
  const list = files.get('labels.txt');
  if (list === undefined) return {};
  try {
    const read = labelsOfText(list, { name: 'labels.txt' });
    return read.kind === 'classes' ? { labels: read.entries.map(({ name }) => name) } : {};
  } catch {
    return {};
  }
}
