import { notOnnx } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { GraphProto, ModelProto, TensorProto } from './protobuf/schema.ts';

/** A range of a data file beside the model. `location` is as written in the model: untrusted, relative, checked here. */
export interface ExternalRange {
  readonly location: string;
  readonly offset: number;
  /** Undefined: up to the end of the file. */
  readonly length: number | undefined;
}

/** What a tensor names as its data file whose numbers were not read. No file can: a path has no NUL in it. */
export const PASSED_OVER = '\0';

/** Whether a tensor's numbers were passed over (`readSkeleton`); those of others may be in a file beside the model. */
export function isPassedOver({ externalData = [] }: TensorProto): boolean {
  return externalData.some(({ value }) => value === PASSED_OVER);
}

/** Whether any weight lies in another file. */
export function hasExternalData(model: ModelProto): boolean {
  return tensorsOf(model.graph ?? {}).some(({ dataLocation }) => dataLocation === 1);
}

/**
 * The data files that a model names, relative to its folder.
 * @throws SemapError `not-onnx` for locations that leave the folder
 */
export function externalLocations(model: ModelProto): string[] {
  const functions = (model.functions ?? []).map(({ node = [] }): GraphProto => ({ node }));
  const tensors = [model.graph ?? {}, ...functions].flatMap(tensorsOf);
  return [
    ...new Set(
      tensors
        .filter((tensor) => tensor.dataLocation === 1 && !isPassedOver(tensor))
        .map((tensor) => rangeOf(tensor).location),
    ),
  ];
}

/**
 * Brings weights that lie in other files into the model.
 * @param read gives the bytes of a range; called with locations that stay inside the model's folder only
 * @throws SemapError `not-onnx` for locations that leave the folder or ranges that make no sense
 */
export function inlineExternalData(model: ModelProto, read: (range: ExternalRange) => Uint8Array): void {
  for (const tensor of tensorsOf(model.graph ?? {})) {
    if (tensor.dataLocation !== 1) continue;
    tensor.rawData = read(rangeOf(tensor));
    delete tensor.externalData;
    delete tensor.dataLocation;
  }
}

/** Constants below this stay in the model: passes of onnxruntime read them. */
const LEAST_OUTSIDE = 1024;
/** Of a constant's place in a data file, in bytes. */
const ALIGNMENT = 64;

/**
 * Moves weights out of a model, into a data file beside it: onnxruntime maps such a file instead of copying it, so that
 * they are in memory once less while a session opens.
 * @param location name of the data file
 * @returns what belongs into it
 */
export function moveDataOutside(model: ModelProto, location: string): Uint8Array {
  const moved = (model.graph?.initializer ?? []).filter(
    ({ rawData }) => rawData !== undefined && rawData.length >= LEAST_OUTSIDE,
  );
  let end = 0;
  const places = moved.map(({ rawData }) => {
    const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
    end = offset + rawData!.length;
    return offset;
  });
  const data = new Uint8Array(end);
  moved.forEach((tensor, i) => {
    const bytes = tensor.rawData!;
    data.set(bytes, places[i]);
    delete tensor.rawData;
    tensor.dataLocation = 1;
    const entries = { location, offset: places[i], length: bytes.length };
    tensor.externalData = Object.entries(entries).map(([key, value]) => ({ key, value: String(value) }));
  });
  return data;
}

function rangeOf(tensor: TensorProto): ExternalRange {
  const entries = new Map((tensor.externalData ?? []).map(({ key, value }) => [key ?? '', value ?? '']));
  const location = (entries.get('location') ?? '').replaceAll('\\', '/');
  const outside =
    location === '' || location.startsWith('/') || /^[a-z]:/i.test(location) || location.includes('\0');
  if (outside || location.split('/').includes('..'))
    throw notOnnx(phrase('Constant "{0}" refers to a file outside the model folder.', tensor.name ?? ''));
  return {
    location,
    offset: size(tensor, entries.get('offset')) ?? 0,
    length: size(tensor, entries.get('length')),
  };
}

function size(tensor: TensorProto, value: string | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw notOnnx(phrase('Constant "{0}" has an invalid range in its data file.', tensor.name ?? ''));
  return number;
}

function tensorsOf(graph: GraphProto): TensorProto[] {
  const tensors = [...(graph.initializer ?? [])];
  for (const node of graph.node ?? []) {
    for (const attribute of node.attribute ?? []) {
      for (const tensor of [attribute.t ?? [], attribute.tensors ?? []].flat()) tensors.push(tensor);
      for (const inner of [attribute.g ?? [], attribute.graphs ?? []].flat()) {
        for (const tensor of tensorsOf(inner)) tensors.push(tensor);
      }
    }
  }
  return tensors;
}
