/**
 * Ways to write the same gradient. Kernels differ between execution providers, in speed and in what they get wrong;
 * AUTODIFF in docs/GRADIENTS.md has the measurements behind these choices.
 */
export interface Formulation {
  readonly name: 'cpu' | 'portable';
  /**
   * Where the largest element of a max-pooling window was: from the forward pass's own Indices output, or found again by
   * comparing the window's taps (for providers whose MaxPool has no Indices).
   */
  readonly maxPool: 'indices' | 'taps';
  /** Transposed products by com.microsoft.FusedMatMul, or by Transpose and MatMul. */
  readonly fusedMatMul: boolean;
  /** Strided convolutions as several unstrided ones, interleaved; else ConvTranspose. */
  readonly polyphase: boolean;
  /** Mean and inverse deviation from LayerNormalization's further outputs, or computed again. */
  readonly layerNormStatistics: boolean;
}

/** For onnxruntime's CPU provider. */
export const CPU_FORMULATION: Formulation = {
  name: 'cpu',
  maxPool: 'indices',
  fusedMatMul: true,
  polyphase: true,
  layerNormStatistics: true,
};

/** Only plain operators that WebGPU, CUDA, DirectML and CoreML have kernels for. */
export const PORTABLE_FORMULATION: Formulation = {
  name: 'portable',
  maxPool: 'taps',
  fusedMatMul: false,
  polyphase: false,
  layerNormStatistics: false,
};

/** The formulation for an execution provider, by its onnxruntime name. */
export function formulationFor(provider: string): Formulation {
  return provider === 'cpu' ? CPU_FORMULATION : PORTABLE_FORMULATION;
}
