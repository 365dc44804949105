import type { OptionTable } from './commandLine.ts';

/** Options that every command takes. */
export const commonOptions = {
  json: { text: 'Print only JSON on standard output.' },
  help: { short: 'h', text: 'Show this help.' },
  problems: {
    text: 'Also print what is wrong with files as lines FILE:LINE: warning: MESSAGE, for the tasks of editors.',
  },
  device: {
    value: 'NAME',
    text: 'auto (default: the fastest that agrees with the CPU), cpu, webgpu, dml, coreml, cuda, or wasm (the CPU by WebAssembly).',
  },
  threads: { value: 'N', text: 'Number of threads for inference (default: all cores).' },
  'backbone-folder': {
    value: 'DIR',
    multiple: true,
    text: 'A folder of installed backbones. Can be repeated. Also: SEMAP_BACKBONES.',
  },
  'cache-size': {
    value: 'GB',
    text: 'Largest size of the cache (default 5; 0 = no limit). The least recently used outputs are deleted first.',
  },
  'load-timeout': {
    value: 'SECONDS',
    text: 'How long a backbone may take to load and first run (default 300; 0 = no limit).',
  },
  'cache-folder': { value: 'DIR', text: 'Folder of the cached outputs; safe to delete. Also: SEMAP_CACHE.' },
} as const satisfies OptionTable;

/** What a graph does not say about itself: the fields of `<name>.backbone.json` as options. */
export const sidecarOptions = {
  'source-labels': {
    value: 'NAME|FILE|FOLDER',
    text: 'Labels of the outputs, in their order: imagenet-1k, imagenet-1k-background, a file with one label per line (or CSV, JSON, YAML, label_map.pbtxt), or the folder with the class folders that it was trained on (sorted by name, as PyTorch and Keras do).',
  },
  'rescale-factor': {
    value: 'X',
    text: 'Factor for pixels from 0 to 255, before mean and std. 1/255 is 0.00392157.',
  },
  'image-mean': { value: 'R,G,B', text: 'Mean to subtract after rescaling; one number for all channels.' },
  'image-std': {
    value: 'R,G,B',
    text: 'Standard deviation to divide by after subtracting the mean; one number for all channels.',
  },
  invert: { text: 'Invert pixels (255 - pixel) before rescaling: white digits on black.' },
  size: {
    value: 'N|max:N|HxW',
    text: 'Size to resize to: N for the shortest edge, max:N for the longest, HxW for both.',
  },
  fit: {
    value: 'HOW',
    text: 'With HxW: squash (default) changes the aspect ratio, letterbox pads to keep it.',
  },
  'pad-color': { value: 'R,G,B', text: 'Color of the padding, from 0 to 255 (default 0,0,0).' },
  anchor: { value: 'PLACE', text: 'Where crop and padding are counted from: center (default) or top-left.' },
  'crop-first': {
    value: 'SHARE',
    text: 'Crop the center square before resizing: its edge as a share of the shortest edge (1 = all of it).',
  },
  crop: { value: 'N|HxW', text: 'Size of the crop after resizing.' },
  'crop-pct': {
    value: 'SHARE',
    text: 'Share of the resized image that the crop keeps, such as 0.875, instead of --size.',
  },
  resample: { value: 'FILTER', text: 'nearest, box, bilinear, hamming, bicubic or lanczos.' },
  'no-antialias': { text: 'Resize without antialiasing, as OpenCV and TensorFlow do.' },
  'no-rounding': { text: 'Do not round resized pixels to 8 bits.' },
  channels: { value: 'ORDER', text: 'rgb, bgr, gray, gray-alpha, rgba, bgra or argb.' },
  'input-layout': { value: 'ORDER', text: 'nchw (channels first) or nhwc, if the graph does not say.' },
  'input-name': { value: 'NAME', text: 'Which of several inputs takes the image.' },
  'set-input': {
    value: 'NAME=VALUE',
    multiple: true,
    text: 'Value of another input: a number, true, false, or JSON such as [1,0]. Can be repeated.',
  },
  output: { value: 'KIND', text: 'logits, probabilities (softmax) or sigmoid.' },
  'text-encoder': {
    value: 'FOLDER|NAME',
    text: 'Text encoder of an image-text model such as CLIP, which then answers any labels.',
  },
  'output-name': { value: 'NAME', text: 'Which output, or value inside the graph, has the scores.' },
} as const satisfies OptionTable;

export const encoderFolderOption = {
  'encoder-folder': { value: 'DIR', text: 'Folder of installed text encoders. Also: SEMAP_ENCODERS.' },
} as const satisfies OptionTable;

/** Target labels other than class folders. */
export const labelOptions = {
  labels: {
    value: 'FILE|LIST|-',
    text: 'Target labels: a list such as cat,dog,bird; a file with one per line, CSV, JSON, YAML (names:) or label_map.pbtxt; or - for standard input.',
  },
  'labels-column': {
    value: 'NAME',
    text: 'Header or number of the column that holds the labels, if it is not clear.',
  },
} as const satisfies OptionTable;

/** How labels are aligned. */
export const methodOptions = {
  method: {
    value: 'NAME',
    text: 'semap (default): as many source labels as fit; semap-1: the best one; semap-k: the best K; conse: by the mean embedding of what an image looks like; random: a baseline. Learned from the class folders of FOLDER: flm, blm, blm+, semap-labels (for few labels), linear.',
  },
  k: {
    short: 'k',
    value: 'N',
    text: 'Number of source labels per target label with --method semap-k (default 5).',
  },
  seed: { value: 'N', text: 'Seed for --method random, or for choosing images to learn from (default 0).' },
  labelled: {
    value: 'N',
    text: 'Learned methods: learn from at most N images of each label (default 20). At least a quarter of the images is kept for validation.',
  },
  similarity: {
    value: 'NAME',
    text: 'How labels are compared: wordnet (default), clip or minilm (text encoders; see semap encoders list), combined, or strings (a baseline).',
  },
  encoder: { value: 'NAME|DIR', text: 'The text encoder to use instead of the one that --similarity finds.' },
  template: {
    value: 'TEXT',
    multiple: true,
    text: 'Text for the text encoder, with {} for the label (default "a photo of a {}."). If repeated, the templates are averaged.',
  },
  detail: {
    value: 'KIND',
    text: 'Detail to add to the label in the template, for homonyms: none (default), synonyms or gloss.',
  },
  cosine: { value: 'KIND', text: 'Cosine of embeddings: centred (default), or plain as in the SeMap paper.' },
  ...encoderFolderOption,
  hint: {
    value: 'LABEL=TEXT',
    multiple: true,
    text: 'What a label means, or what its images show: "mouse=rodent", "kitchen=stove, dishwasher". Can be repeated, for other labels.',
  },
  sense: {
    value: 'LABEL=KEY',
    multiple: true,
    text: 'The WordNet sense of a label, such as "crane=crane%1:05:00::". Can be repeated.',
  },
  exclude: {
    value: 'LIST',
    multiple: true,
    text: 'Source labels to exclude, by name, wnid or index, such as "goldfish,n01629819". Can be repeated.',
  },
  'one-to-one': { text: 'With --method semap-1: target labels do not share source labels.' },
  aggregation: {
    value: 'NAME',
    text: 'How the logits of source labels are combined into a score: log-mean-exp (default), mean-logits or max.',
  },
  alpha: {
    value: 'X',
    text: 'With log-mean-exp: 1 (default) is the log of the mean probability, 0 of the sum.',
  },
  ...labelOptions,
} as const satisfies OptionTable;

/** Where several backbones may answer together. */
export const backbonesOption = {
  backbone: {
    short: 'b',
    value: 'FILE|NAME',
    multiple: true,
    text: 'An ONNX file or the name of an installed backbone (default: starter, which comes with SeMap). Can be repeated: then all of them answer together.',
  },
} as const satisfies OptionTable;

export const backboneOption = {
  backbone: {
    short: 'b',
    value: 'FILE|NAME',
    text: 'An ONNX file or the name of an installed backbone (default: starter, which comes with SeMap).',
  },
} as const satisfies OptionTable;
