import { phrase } from '../../text/text.ts';
import { ranges, type SidecarPreprocessing } from '../backboneSidecar.ts';
import {
  type ModelPapers,
  nameList,
  numbersIn,
  OPENCV,
  OPENVINO_KEY,
  perChannel,
  type Reading,
  record,
  SQUARE_FIRST,
} from './reading.ts';

/**
 * What OpenVINO's tools, Geti and OTX write into a model: `model_info mean_values` and the like. Means and scales are of
 * pixels from 0 to 255.
 */
export function readModelInfo({ metadata }: ModelPapers): Reading | undefined {
  const info = (name: string) => metadata[`${OPENVINO_KEY}${name}`];
  if (!Object.keys(metadata).some((key) => key.startsWith(OPENVINO_KEY))) return undefined;
  const numbers = (name: string, range: (typeof ranges)['mean' | 'std']) =>
    perChannel(numbersIn(info(name)), range);
  const mean = numbers('mean_values', ranges.mean) ?? [0, 0, 0];
  const std = numbers('scale_values', ranges.std) ?? [1, 1, 1];
  const labels = labelsOf(info('label_info'), info('labels'));
  return {
    from: phrase('metadata of {0}', 'OpenVINO'),
    sidecar: {
      ...(labels ? { labels } : {}),
      preprocessing: {
        rescale_factor: 1,
        image_mean: mean,
        image_std: std,
        channels: 'rgb',
        ...resizeOf(info('resize_type'), numbersIn(info('pad_value'))?.[0]),
      },
    },
  };
}

function resizeOf(type: string | undefined, pad: number | undefined): SidecarPreprocessing {
  const padded = pad !== undefined && pad >= 0 && pad <= 255 ? { pad_color: pad } : {};
  switch (type) {
    case 'crop':
      return { ...SQUARE_FIRST, ...OPENCV };
    case 'fit_to_window':
      return { fit: 'letterbox', anchor: 'top-left', ...padded, ...OPENCV };
    case 'fit_to_window_letterbox':
      return { fit: 'letterbox', ...padded, ...OPENCV };
    case 'standard':
      return { fit: 'squash', ...OPENCV };
    default:
      return {};
  }
}

/** `label_info` is JSON with the names as they are; `labels` parts them by blanks, with `_` for those in them. */
function labelsOf(info: string | undefined, list: string | undefined): readonly string[] | undefined {
  try {
    const names = nameList(record(JSON.parse(info ?? ''))['label_names']);
    if (names) return names;
  } catch {
    // Then those in one line.
  }
  const names = list?.split(/\s+/).filter((name) => name !== '');
  return names && names.length > 1 ? names.map((name) => name.replaceAll('_', ' ')) : undefined;
}
