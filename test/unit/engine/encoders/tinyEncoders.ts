import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { floats, input, ints, model, node, output } from './onnxWriter.ts';

/** Files of an encoder by relative path, as a hub would hold them. */
export type EncoderFiles = Record<string, Uint8Array>;

export const DIMENSION = 6;

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A table [vocabulary, DIMENSION] of fixed pseudo-random numbers. */
function table(vocabulary: number): Float32Array {
  return Float32Array.from({ length: vocabulary * DIMENSION }, (_, i) => Math.sin(i * 12.9898) * 2);
}

/** The printable stand-ins that byte-level BPE writes bytes with, in the order of CLIP's vocabulary. */
function byteSymbols(): string[] {
  const plain = [...range(33, 126), ...range(161, 172), ...range(174, 255)];
  const others = range(0, 255).filter((byte) => !plain.includes(byte));
  return [
    ...plain.map((byte) => String.fromCodePoint(byte)),
    ...others.map((_, i) => String.fromCodePoint(256 + i)),
  ];
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

const START = '<|startoftext|>';
const END = '<|endoftext|>';

/** tokenizer.json and tokenizer_config.json of CLIP over the given merges (`t h`, `th e</w>`). */
export function clipTokenizer(merges: readonly string[]): {
  tokenizer: object;
  config: object;
  vocabulary: number;
} {
  const symbols = byteSymbols();
  const words = [
    ...symbols,
    ...symbols.map((symbol) => `${symbol}</w>`),
    ...merges.map((merge) => merge.replace(' ', '')),
    START,
    END,
  ];
  const vocab = Object.fromEntries(words.map((word, id) => [word, id]));
  const special = (content: string) => ({
    id: vocab[content],
    content,
    special: true,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: true,
  });
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special(START), special(END)],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: [END, vocab[END]],
      cls: [START, vocab[START]],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: END,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab,
      merges,
    },
  };
  const config = {
    tokenizer_class: 'CLIPTokenizer',
    model_max_length: 77,
    bos_token: START,
    eos_token: END,
    unk_token: END,
    pad_token: END,
  };
  return { tokenizer, config, vocabulary: words.length };
}

/** Enough merges for a few whole words. */
export const FEW_MERGES = [
  'd o',
  'do g</w>',
  'c a',
  'ca t</w>',
  'p h',
  'o t',
  'ot o</w>',
  'ph oto</w>',
  'o f</w>',
];

/**
 * A CLIP text tower: text_embeds = (sum of the token vectors that count) x projection. Padding has no part in it.
 * `whole` asks for pixel values too, as a file with both towers does.
 */
function clipModel(vocabulary: number, whole: boolean): Uint8Array {
  return model([
    node('Gather', ['table', 'input_ids'], ['tokens']),
    node('Cast', ['attention_mask'], ['mask'], { to: 1 }),
    node('Unsqueeze', ['mask', 'two'], ['mask3']),
    node('Mul', ['tokens', 'mask3'], ['counting']),
    node('ReduceSum', ['counting', 'one'], ['pooled'], { keepdims: 0 }),
    node('MatMul', ['pooled', 'projection'], ['text_embeds']),
    ...(whole ? [node('Identity', ['pixel_values'], ['image_embeds'])] : []),
    floats('table', [vocabulary, DIMENSION], table(vocabulary)),
    floats('projection', [DIMENSION, DIMENSION], table(DIMENSION)),
    ints('one', [1]),
    ints('two', [2]),
    input('input_ids', 'int64', ['n', 'l']),
    input('attention_mask', 'int64', ['n', 'l']),
    ...(whole ? [input('pixel_values', 'float', ['i', 3, 8, 8])] : []),
    output('text_embeds', ['n', DIMENSION]),
    ...(whole ? [output('image_embeds', ['i', 3, 8, 8])] : []),
  ]);
}

/** What `clipModel` computes for these tokens, in double precision. */
export function expectedClip(tokenIds: readonly number[], vocabulary: number): number[] {
  const vectors = table(vocabulary);
  const projection = table(DIMENSION);
  const sums = Array.from({ length: DIMENSION }, (_, d) =>
    tokenIds.reduce((sum, id) => sum + vectors[id * DIMENSION + d], 0),
  );
  return sums.map((_, column) =>
    sums.reduce((sum, value, row) => sum + value * projection[row * DIMENSION + column], 0),
  );
}

/** A tiny CLIP in the layout of Transformers.js. */
export function tinyClip(options: { merges?: readonly string[]; whole?: boolean } = {}): EncoderFiles {
  const { tokenizer, config, vocabulary } = clipTokenizer(options.merges ?? FEW_MERGES);
  return {
    'config.json': text({
      model_type: 'clip',
      architectures: ['CLIPModel'],
      text_config: { model_type: 'clip_text_model', hidden_size: DIMENSION },
      vision_config: { model_type: 'clip_vision_model', image_size: 8 },
    }),
    'tokenizer.json': text(tokenizer),
    'tokenizer_config.json': text(config),
    [options.whole ? 'onnx/model.onnx' : 'onnx/text_model.onnx']: clipModel(
      vocabulary,
      options.whole ?? false,
    ),
  };
}

const WORDS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'a', 'photo', 'of', 'dog', 'cat', 'car', 'wolf', '.', ','];

/** tokenizer.json and tokenizer_config.json of BERT over the given words, of which the first four are its own. */
export function wordTokenizer(words: readonly string[]): EncoderFiles {
  const vocab = Object.fromEntries(words.map((word, id) => [word, id]));
  const tokenizer = {
    version: '1.0',
    added_tokens: words.slice(0, 4).map((content, id) => ({ id, content, special: true, normalized: false })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab,
    },
  };
  return {
    'tokenizer.json': text(tokenizer),
    'tokenizer_config.json': text({
      tokenizer_class: 'BertTokenizer',
      model_max_length: 32,
      pad_token: '[PAD]',
      unk_token: '[UNK]',
      cls_token: '[CLS]',
      sep_token: '[SEP]',
    }),
  };
}

/** A tiny BERT-like sentence encoder over a dozen words: last_hidden_state is the token's vector. */
export function tinySentenceEncoder(pooling?: 'cls' | 'mean' | 'max'): EncoderFiles {
  return {
    'config.json': text({ model_type: 'bert', architectures: ['BertModel'], hidden_size: DIMENSION }),
    ...wordTokenizer(WORDS),
    'onnx/model.onnx': model([
      node('Gather', ['table', 'input_ids'], ['last_hidden_state']),
      node('Cast', ['attention_mask'], ['unused'], { to: 1 }),
      floats('table', [WORDS.length, DIMENSION], table(WORDS.length)),
      input('input_ids', 'int64', ['n', 'l']),
      input('attention_mask', 'int64', ['n', 'l']),
      output('last_hidden_state', ['n', 'l', DIMENSION]),
    ]),
    ...(pooling
      ? {
          '1_Pooling/config.json': text({
            word_embedding_dimension: DIMENSION,
            pooling_mode_cls_token: pooling === 'cls',
            pooling_mode_mean_tokens: pooling === 'mean',
            pooling_mode_max_tokens: pooling === 'max',
          }),
        }
      : {}),
  };
}

/** Mean, first or maximum of the tokens' vectors of `tinySentenceEncoder`. */
export function expectedSentence(tokenIds: readonly number[], pooling: 'cls' | 'mean' | 'max'): number[] {
  const vectors = table(WORDS.length);
  return Array.from({ length: DIMENSION }, (_, d) => {
    const column = tokenIds.map((id) => vectors[id * DIMENSION + d]);
    if (pooling === 'cls') return column[0];
    if (pooling === 'max') return Math.max(...column);
    return column.reduce((sum, value) => sum + value, 0) / column.length;
  });
}

/** Writes an encoder's files below a folder. */
export async function writeEncoder(folder: string, files: EncoderFiles): Promise<string> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return folder;
}
