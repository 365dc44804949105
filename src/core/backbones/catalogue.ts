import type { ModelDtype } from '../downloads/modelInstall.ts';
import { phrase, type Text } from '../text/text.ts';

/** A backbone that is known by its public name, offered for download on request. */
export interface KnownBackbone {
  /** Short name for the command line. */
  readonly id: string;
  readonly title: string;
  /** Repository on the hub that holds an ONNX classifier over ImageNet-1k. */
  readonly repo: string;
  readonly dtype: ModelDtype;
  /** Size of the model file in bytes, as the hub's public page lists it; the hub is asked again before a download. */
  readonly bytes: number;
  /** Published top-1 accuracy on ImageNet-1k in percent, of the weights that were exported. */
  readonly accuracy: number;
  /** How much work one image is: under 1, under 6, and more milliard multiplications. */
  readonly speed: 'fast' | 'medium' | 'slow';
  /** SPDX identifier of the original weights' licence. */
  readonly licence: string;
  /** It answers any labels by its text encoder; its accuracy is that over ImageNet's names, without training. */
  readonly imageText?: true;
  /** What has to be known before choosing it. */
  readonly remark?: Text;
}

/** Fast ones first, then by accuracy. */
export const KNOWN_BACKBONES: readonly KnownBackbone[] = [
  known(
    'mobilenetv3-small',
    'MobileNetV3 small',
    'onnx-community/mobilenetv3_small_100.lamb_in1k',
    10.2,
    67.7,
    'fast',
  ),
  known(
    'mobilenetv4-small',
    'MobileNetV4 conv small',
    'onnx-community/mobilenetv4_conv_small.e2400_r224_in1k',
    15.1,
    73.8,
    'fast',
  ),
  known(
    'mobilenetv3-large',
    'MobileNetV3 large',
    'onnx-community/mobilenetv3_large_100.ra_in1k',
    21.9,
    75.8,
    'fast',
  ),
  {
    ...known('efficientnet-b0', 'EfficientNet-B0', 'Kalray/efficientnet-b0', 21.1, 77.7, 'fast'),
    remark: phrase('Its repository only has the model. SeMap asks you what the model expects.'),
  },
  known('resnet-18', 'ResNet-18', 'Xenova/resnet-18', 46.8, 69.8, 'medium'),
  known('deit-tiny', 'DeiT tiny, distilled', 'Xenova/deit-tiny-distilled-patch16-224', 23.9, 74.5, 'medium'),
  known(
    'mobilenetv4-medium',
    'MobileNetV4 conv medium',
    'onnx-community/mobilenetv4_conv_medium.e500_r256_in1k',
    38.9,
    79.9,
    'medium',
  ),
  known('resnet-50', 'ResNet-50', 'Xenova/resnet-50', 102, 80.4, 'medium'),
  known('deit-small', 'DeiT small, distilled', 'Xenova/deit-small-distilled-patch16-224', 90, 81.2, 'medium'),
  known('swin-tiny', 'Swin tiny', 'Xenova/swin-tiny-patch4-window7-224', 116, 81.2, 'medium'),
  known('convnext-tiny', 'ConvNeXt tiny', 'Xenova/convnext-tiny-224', 115, 82.1, 'medium'),
  known('vit-base', 'ViT base, patch 16', 'Xenova/vit-base-patch16-224', 346, 81.8, 'slow'),
  imageText('clip-vit-b32', 'CLIP ViT-B/32', 'Xenova/clip-vit-base-patch32', 606, 63.2, 'medium', 'MIT'),
  imageText('clip-vit-b16', 'CLIP ViT-B/16', 'Xenova/clip-vit-base-patch16', 599, 68.3, 'slow', 'MIT'),
  imageText(
    'siglip-base',
    'SigLIP base, patch 16',
    'Xenova/siglip-base-patch16-224',
    813,
    76,
    'slow',
    'Apache-2.0',
  ),
];

function imageText(
  id: string,
  title: string,
  repo: string,
  megabytes: number,
  accuracy: number,
  speed: KnownBackbone['speed'],
  licence: string,
): KnownBackbone {
  return {
    ...known(id, title, repo, megabytes, accuracy, speed),
    licence,
    imageText: true,
    remark: phrase('Image and text encoder: answers any labels. SeMap has not been tried with its weights.'),
  };
}

function known(
  id: string,
  title: string,
  repo: string,
  megabytes: number,
  accuracy: number,
  speed: KnownBackbone['speed'],
): KnownBackbone {
  return { id, title, repo, dtype: 'fp32', bytes: megabytes * 1e6, accuracy, speed, licence: 'Apache-2.0' };
}

/** The known backbone with this id. */
export function knownBackbone(id: string): KnownBackbone | undefined {
  return KNOWN_BACKBONES.find((one) => one.id === id);
}
