import { floats, input, ints, model, node, output } from './onnxWriter.ts';
import type { EncoderFiles } from './tinyEncoders.ts';

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/**
 * An encoder folder that gives stored embeddings for known texts: the whole text is one token, and the model is a table.
 * With the embeddings that a real encoder computed, everything but its layers is as if it were there.
 * @param rows row-major [texts, dimension]
 */
export function lookupEncoder(texts: readonly string[], rows: Float32Array): EncoderFiles {
  const dimension = rows.length / texts.length;
  const vocab = Object.fromEntries(texts.map((text, id) => [text, id]));
  const table = new Float32Array((texts.length + 1) * dimension);
  table.set(rows);
  vocab['[UNK]'] = texts.length;
  return {
    'config.json': json({ model_type: 'clip', architectures: ['CLIPModel'] }),
    'tokenizer.json': json({
      version: '1.0',
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      model: {
        type: 'BPE',
        vocab,
        merges: [],
        unk_token: '[UNK]',
        fuse_unk: false,
        ignore_merges: true,
        continuing_subword_prefix: '',
        end_of_word_suffix: '',
      },
    }),
    'tokenizer_config.json': json({
      tokenizer_class: 'CLIPTokenizer',
      pad_token: '[UNK]',
      model_max_length: 77,
    }),
    'onnx/text_model.onnx': model([
      node('Gather', ['table', 'input_ids'], ['tokens']),
      node('Squeeze', ['tokens', 'one'], ['text_embeds']),
      ints('one', [1]),
      floats('table', [texts.length + 1, dimension], table),
      input('input_ids', 'int64', ['n', 1]),
      output('text_embeds', ['n', dimension]),
    ]),
  };
}
