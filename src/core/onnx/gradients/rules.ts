import type { RuleTable } from './rule.ts';
import { ACTIVATION_RULES } from './rules/activation.ts';
import { ARITHMETIC_RULES } from './rules/arithmetic.ts';
import { CONVOLUTION_RULES } from './rules/convolution.ts';
import { INDEXING_RULES } from './rules/indexing.ts';
import { MATRIX_RULES } from './rules/matrix.ts';
import { NORMALISATION_RULES } from './rules/normalisation.ts';
import { POOLING_RULES } from './rules/pooling.ts';
import { QUANTISATION_RULES } from './rules/quantisation.ts';
import { REDUCTION_RULES } from './rules/reduction.ts';
import { RESIZE_RULES } from './rules/resize.ts';
import { SHAPE_RULES } from './rules/shape.ts';
import { SOFTMAX_RULES } from './rules/softmax.ts';
import { TRIGONOMETRY_RULES } from './rules/trigonometry.ts';

/** Every operator that has a gradient. What is lowered to these first stands in passes/lowering. */
export const GRADIENT_RULES: RuleTable = {
  ...ACTIVATION_RULES,
  ...ARITHMETIC_RULES,
  ...CONVOLUTION_RULES,
  ...INDEXING_RULES,
  ...MATRIX_RULES,
  ...NORMALISATION_RULES,
  ...POOLING_RULES,
  ...QUANTISATION_RULES,
  ...REDUCTION_RULES,
  ...RESIZE_RULES,
  ...SHAPE_RULES,
  ...SOFTMAX_RULES,
  ...TRIGONOMETRY_RULES,
  // The fusion pass writes Gelu under this name: it is in every onnxruntime, the standard one only from opset 20.
  'com.microsoft.Gelu': ACTIVATION_RULES['Gelu'],
};
