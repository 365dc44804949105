import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { BackboneDescription, GraphFacts } from '../../core/backbones/backboneDescription.ts';
import type { BackboneSidecar, SidecarText } from '../../core/backbones/backboneSidecar.ts';
import { familyScale, TEXT_SPACE, type TextLabels, type TextSide } from '../../core/backbones/textSide.ts';
import { DEFAULT_TEMPLATES } from '../../core/encoders/templates.ts';
import { SemapError } from '../../core/errors.ts';
import { base64 } from '../../core/text/base64.ts';
import { phrase } from '../../core/text/text.ts';
import type { EncodeLabelsOptions, Encoders } from '../encoders/encoders.ts';
import { rootOf } from './installRecord.ts';

/** The text towers of dual encoders: which they are, and what they make of labels. */
export class TextSides {
  readonly #encoders: Encoders;

  constructor(encoders: Encoders) {
    this.#encoders = encoders;
  }

  /**
   * The text tower that a description names.
   * @param name of the backbone
   * @param width D of its image tower
   * @throws {SemapError} `not-found`, `invalid-description` without an encoder, `unsupported-model` for one of sentences
   */
  async of({ encoder, templates, scale, bias }: SidecarText, name: string, width: number): Promise<TextSide> {
    if (encoder === undefined) {
      throw new SemapError(
        'invalid-description',
        phrase('The description of {0} names no text encoder.', name),
        {
          hint: phrase('Name the text encoder of the same model.'),
        },
      );
    }
    const facts = await this.#encoders.find(encoder);
    if (facts.kind !== 'text-tower') {
      throw new SemapError(
        'unsupported-model',
        phrase('{0} encodes sentences. It is not the text encoder of {1}.', facts.name, name),
        { hint: phrase('Use the text encoder of the same image-text model.') },
      );
    }
    const { sha256 } = await this.#encoders.identify(encoder);
    const measured = scale === undefined ? await this.#encoders.logitScale(encoder) : undefined;
    const usual = measured ?? familyScale(facts.modelType);
    return {
      name: facts.name,
      folder: facts.folder,
      sha256,
      templates: templates ?? DEFAULT_TEMPLATES.templates,
      scale: scale ?? usual.scale,
      bias: bias ?? usual.bias,
      scaleOrigin: scale !== undefined ? 'description' : measured ? 'model' : 'family',
      width,
    };
  }

  /**
   * The dual encoder as it answers these labels.
   * @throws {SemapError} `labels-mismatch` where another text tower read them, `unsupported-model` where the towers do not
   * belong together, what the text encoder throws
   */
  async withLabels(
    backbone: BackboneDescription,
    { encoder, templates, labels }: TextLabels,
    options: EncodeLabelsOptions = {},
  ): Promise<BackboneDescription> {
    const { text: side, name } = backbone;
    if (!side) return backbone;
    if (encoder !== side.sha256) {
      throw new SemapError(
        'labels-mismatch',
        phrase('The alignment was made with another text encoder than {0} has ({1}).', name, side.name),
        { hint: phrase('Align the labels again.') },
      );
    }
    const texts = labels.map((label) => ({ name: label }));
    const wording = { templates, detail: DEFAULT_TEMPLATES.detail };
    const { values, dimension } = await this.#encoders.encodeLabels(side.folder, texts, wording, options);
    if (dimension !== side.width) {
      throw new SemapError(
        'unsupported-model',
        phrase(
          'The image encoder {0} gives {1} numbers and the text encoder {2} gives {3}: they do not belong together.',
          name,
          side.width,
          side.name,
          dimension,
        ),
        { hint: phrase('Name the text encoder of the same model.') },
      );
    }
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const how = JSON.stringify([side.sha256, side.scale, side.bias, templates, labels]);
    const labelled = {
      id: createHash('sha256').update(how).update(bytes).digest('hex'),
      vectors: base64(bytes),
    };
    return {
      ...backbone,
      text: { ...side, templates, labelled },
      labelSpace: { name: TEXT_SPACE, labels: texts, background: [] },
    };
  }
}

const IMAGE_TOWER = /^vision_model/i;

/** Whether an ONNX file's name says that it is the image tower of a dual encoder. */
export function isImageTower(file: string): boolean {
  return IMAGE_TOWER.test(path.basename(file));
}

/** Outputs that are embeddings of images, the likeliest first. */
const EMBEDDINGS = ['image_embeds', 'image_embeddings', 'image_features', 'pooler_output'];

/**
 * What Transformers.js' layout says of a dual encoder: which output of an image tower, or of both towers in one graph, is
 * the embedding, that the text tower lies beside it, and what a graph of both is given in the place of texts. Undefined for
 * all else, and where labels are said and no tokenizer is there that could read others.
 */
export async function dualEncoderBeside(
  file: string,
  facts: GraphFacts,
  said: Pick<BackboneSidecar, 'labels' | 'text'>,
): Promise<BackboneSidecar | undefined> {
  const inputs = new Map(facts.inputs.map((input) => [input.name, input]));
  const isWhole = inputs.has('input_ids') && inputs.has('pixel_values');
  const output_name = EMBEDDINGS.find((name) => facts.outputs.some((output) => output.name === name));
  if (!(isWhole || isImageTower(file)) || output_name === undefined) return undefined;
  const root = rootOf(file);
  const tokenizer = await stat(path.join(root, 'tokenizer.json')).catch(() => undefined);
  if (!tokenizer?.isFile() && said.labels !== undefined && !said.text) return undefined;
  const text = { encoder: root };
  if (!isWhole) return { text, output_name, output: 'logits' };
  // Embeddings of images do not depend on the texts beside them: the shortest will do.
  const texts = Object.fromEntries(
    ['input_ids', 'attention_mask', 'position_ids', 'token_type_ids']
      .filter((name) => inputs.has(name))
      .map((name) => [name, [[name === 'attention_mask' ? 1 : 0, name === 'attention_mask' ? 1 : 0]]]),
  );
  return { text, output_name, output: 'logits', input_name: 'pixel_values', inputs: texts };
}
