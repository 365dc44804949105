/** Networks of Keras applications, by what they expect of pixels. */
export interface KerasFamily {
  readonly name: string;
  /** `caffe`: BGR minus the ImageNet mean. `torch`: the ImageNet mean and deviation. `inside`: the graph scales from 0 to 255. */
  readonly mode: 'caffe' | '-1 to 1' | 'torch' | 'inside';
}

/** Names of layers that only the networks of this family have, the more special first. */
const FAMILIES: readonly (readonly [layer: RegExp, name: string, mode: KerasFamily['mode']])[] = [
  [/(?:^|\/)block2_sepconv1/, 'Xception', '-1 to 1'],
  [/(?:^|\/)block1_conv1(?:\/|$)/, 'VGG', 'caffe'],
  [/(?:^|\/)conv2_block1_preact_bn/, 'ResNetV2', '-1 to 1'],
  [/(?:^|\/)(?:conv2_block1_concat|pool2_bn)(?:\/|_|$)/, 'DenseNet', 'torch'],
  [/(?:^|\/)conv2_block1_(?:1|out|add)/, 'ResNet', 'caffe'],
  [
    /(?:^|\/)expanded_conv(?:_\d+)?(?:[/_]squeeze_excite|\/(?:depthwise|expand|project))/,
    'MobileNetV3',
    'inside',
  ],
  [/(?:^|\/)(?:bn_Conv1|expanded_conv_depthwise|block_1_expand)/, 'MobileNetV2', '-1 to 1'],
  [/(?:^|\/)conv_(?:pw|dw)_1(?:_|\/|$)/, 'MobileNet', '-1 to 1'],
  [/(?:^|\/)(?:block35_1_|block17_1_)/, 'InceptionResNetV2', '-1 to 1'],
  [/(?:^|\/)mixed0(?:\/|$)/, 'InceptionV3', '-1 to 1'],
  [/(?:^|\/)(?:normal_conv_1_0|stem_bn1)(?:\/|_|$)/, 'NASNet', '-1 to 1'],
  [/(?:^|\/)block1a_(?:dwconv|project_conv)/, 'EfficientNet', 'inside'],
  [/(?:^|\/)convnext_\w+_(?:prestem|stem|stage)/, 'ConvNeXt', 'inside'],
];
const MOST_NAMES = 5000;
const LONGEST_NAME = 300;

/** The family whose layers the names of nodes and values are; undefined for none. Converters write paths: `model/conv1_conv/Conv2D`. */
export function kerasFamily(names: Iterable<string>): KerasFamily | undefined {
  const seen: string[] = [];
  for (const name of names) {
    if (seen.length >= MOST_NAMES) break;
    if (name.length <= LONGEST_NAME) seen.push(name);
  }
  const found = FAMILIES.find(([layer]) => seen.some((name) => layer.test(name)));
  return found && { name: found[1], mode: found[2] };
}
