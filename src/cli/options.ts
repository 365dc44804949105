import type { OptionTable } from './commandLine.ts';

/** Options that every command takes. */
export const commonOptions = {
  json: { text: 'Print JSON and nothing else on standard output.' },
  help: { short: 'h', text: 'Show this help.' },
  device: {
    value: 'NAME',
    text: 'auto (default: the fastest that agrees with the CPU), cpu, webgpu, dml, coreml or cuda.',
  },
  threads: { value: 'N', text: 'Threads for inference (default: all cores).' },
  'backbone-folder': {
    value: 'DIR',
    multiple: true,
    text: 'A folder of installed backbones; may be repeated. Also: SEMAP_BACKBONES.',
  },
  'cache-size': {
    value: 'GB',
    text: 'What the outputs may take there (default 5; 0 = no limit): those used longest ago go first.',
  },
  'load-timeout': {
    value: 'SECONDS',
    text: 'How long a backbone may take to load and to run for the first time (default 300; 0 = no limit).',
  },
  'cache-folder': { value: 'DIR', text: 'Where outputs are kept; safe to delete. Also: SEMAP_CACHE.' },
} as const satisfies OptionTable;

/** What a graph cannot say about itself: the fields of `<name>.backbone.json` as options. */
export const sidecarOptions = {
  'source-labels': {
    value: 'NAME|FILE',
    text: 'What the outputs mean: imagenet-1k, imagenet-1k-background, or a file with one label per line (also CSV, JSON, YAML, label_map.pbtxt), in the order of the outputs.',
  },
  'rescale-factor': {
    value: 'X',
    text: 'Factor of the pixels 0-255 before mean and std: 1/255 is 0.00392157.',
  },
  'image-mean': { value: 'R,G,B', text: 'Subtracted after the rescale.' },
  'image-std': { value: 'R,G,B', text: 'Divided by after the mean.' },
  size: { value: 'N|HxW', text: 'Resize: N is the shortest edge, HxW both.' },
  crop: { value: 'N|HxW', text: 'Centre crop after the resize.' },
  resample: { value: 'FILTER', text: 'bilinear or bicubic.' },
  channels: { value: 'ORDER', text: 'rgb or bgr.' },
  output: { value: 'KIND', text: 'logits or probabilities.' },
} as const satisfies OptionTable;

export const encoderFolderOption = {
  'encoder-folder': {
    value: 'DIR',
    text: 'Where text encoders are installed. Also: SEMAP_ENCODERS.',
  },
} as const satisfies OptionTable;

/** Target labels that are no class folders. */
export const labelOptions = {
  labels: {
    value: 'FILE|LIST|-',
    text: 'Target labels: a file with one per line, a table (CSV), JSON, YAML (names:) or label_map.pbtxt; a list such as cat,dog,bird; or - for standard input.',
  },
  'labels-column': {
    value: 'NAME',
    text: 'The column of a table that holds the labels, by its header or its number, when it is not clear.',
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
    text: 'How many source labels a target gets with --method semap-k (default 5).',
  },
  seed: { value: 'N', text: 'Seed of --method random, or of the images to learn from (default 0).' },
  labelled: {
    value: 'N',
    text: 'Learned methods: from at most N images of each label (default 20); a quarter or more is kept to measure by.',
  },
  similarity: {
    value: 'NAME',
    text: 'What makes two labels alike: wordnet (default), clip or minilm (a text encoder: see semap encoders), combined, strings (a baseline).',
  },
  encoder: {
    value: 'NAME|DIR',
    text: 'The text encoder, when it is not the nearest installed one.',
  },
  template: {
    value: 'TEXT',
    multiple: true,
    text: 'What the text encoder is given, with {} for the label (default "a photo of a {}."); repeated, their mean.',
  },
  detail: {
    value: 'KIND',
    text: 'What follows the label in the template, for homonyms: none (default), synonyms or gloss.',
  },
  cosine: {
    value: 'KIND',
    text: 'How embeddings are compared: centred (default), or plain as in the SeMap paper.',
  },
  ...encoderFolderOption,
  hint: {
    value: 'LABEL=TEXT',
    multiple: true,
    text: 'What a label means, in words: "dog=puppy"; may be repeated.',
  },
  sense: {
    value: 'LABEL=KEY',
    multiple: true,
    text: 'The WordNet sense of a label: "crane=crane%1:05:00::"; may be repeated.',
  },
  exclude: {
    value: 'LIST',
    multiple: true,
    text: 'Source labels that no target may use, by name, wnid or index: "tench,n01443537"; may be repeated.',
  },
  'one-to-one': { text: 'With --method semap-1: no two targets share a source label.' },
  aggregation: {
    value: 'NAME',
    text: 'How the logits of the source labels become a score: log-mean-exp (default), mean-logits, max.',
  },
  alpha: {
    value: 'X',
    text: 'With log-mean-exp: 1 (default) is the log of the mean probability, 0 of the sum.',
  },
  ...labelOptions,
} as const satisfies OptionTable;

export const backboneOption = {
  backbone: {
    short: 'b',
    value: 'FILE|NAME',
    text: 'An ONNX file, or an installed backbone (default: starter, which comes with SeMap).',
  },
} as const satisfies OptionTable;
