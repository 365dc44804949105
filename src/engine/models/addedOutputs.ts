import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { type FeatureTap, outputOf } from '../../core/onnx/featureTap.ts';

/** What is added to the bytes of a backbone's file so that its inner output and its features come out; undefined: nothing. */
export function appendOf(
  { inner, outputName }: Pick<BackboneDescription, 'inner' | 'outputName'>,
  tap?: FeatureTap,
): Uint8Array | undefined {
  const parts = [...(inner ? [outputOf(outputName)] : []), ...(tap?.append.length ? [tap.append] : [])];
  return parts.length > 0 ? Buffer.concat(parts) : undefined;
}
