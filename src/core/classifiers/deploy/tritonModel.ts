import { oneLine } from '../../text/plainText.ts';
import { type DeployedClassifier, licenceFiles, modelName, type TextFile } from './deployedClassifier.ts';

/** Images that Triton may join into one call. */
const MOST_AT_ONCE = 32;

/** The name of the model's file in the folder of a version, where Triton looks for it. */
export const TRITON_MODEL = 'model.onnx';

/** The folder of a model, as a Triton model repository has it, but the folders of its versions. */
export function tritonFiles(classifier: DeployedClassifier): readonly TextFile[] {
  return [
    { path: 'config.pbtxt', text: config(classifier) },
    { path: 'labels.txt', text: classifier.labels.map((label) => `${oneLine(label)}\n`).join('') },
    ...licenceFiles(classifier),
  ];
}

/**
 * Triton adds the number of images to the dimensions itself, where it may choose it; an output that has no other is told
 * as [1] to its clients, as it wants it.
 */
function config({ name, labels, input, probabilities, label, size, batch }: DeployedClassifier): string {
  const fixed = batch === undefined ? [] : [batch];
  const image = [...fixed, size?.height ?? -1, size?.width ?? -1, 3];
  const answer = batch === undefined ? 'dims: [ 1 ]\n    reshape: { shape: [ ] }' : `dims: [ ${batch} ]`;
  return `name: ${quoted(modelName(name))}
platform: "onnxruntime_onnx"
max_batch_size: ${batch === undefined ? MOST_AT_ONCE : 0}
input [
  {
    name: ${quoted(input)}
    data_type: TYPE_UINT8
    dims: [ ${image.join(', ')} ]
  }
]
output [
  {
    name: ${quoted(probabilities)}
    data_type: TYPE_FP32
    dims: [ ${[...fixed, labels.length].join(', ')} ]
    label_filename: "labels.txt"
  },
  {
    name: ${quoted(label)}
    data_type: TYPE_INT64
    ${answer}
  }
]
${batch === undefined ? 'dynamic_batching { }\n' : ''}`;
}

/** A text of the protobuf text format. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
