import type { DeviceInfo } from '../core/runs/run.ts';
import type { Text } from '../core/text/text.ts';
import type { BackboneRef } from './models.ts';
import type { Call } from './rpc.ts';

/** What trying an execution provider showed. */
export interface ProviderVerdict {
  /** `cpu`, `webgpu`, `dml`, `coreml`, `cuda`; `wasm` in place of `cpu` where onnxruntime runs as WebAssembly. */
  readonly provider: string;
  readonly works: boolean;
  /** Why not, or what was found: its speed, how far its scores are from the CPU's. */
  readonly reason: Text;
  readonly milliseconds?: number | undefined;
}

/** What the person set: `auto`, or an execution provider by its name; `wasm` is the CPU by onnxruntime's WebAssembly. */
export const DEVICE_CHOICES = ['auto', 'cpu', 'webgpu', 'dml', 'coreml', 'cuda', 'wasm'] as const;
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];

/** How right and how fast a provider is that works, beside the CPU. */
export interface ProviderFigures {
  readonly provider: string;
  /** All of it in a sentence or two. */
  readonly text: Text;
  /** Largest difference of a score from the CPU's, as a share of the largest score. */
  readonly scoreDifference: number;
  readonly imagesPerSecond: number;
  /** Of a step of training: the loss of a few images, and its gradient. */
  readonly step:
    | {
        readonly images: number;
        /** Largest |a - b| / |b| of loss, logits and gradient from the CPU's. */
        readonly difference: number;
        readonly stepsPerSecond: number;
      }
    | { readonly problem: Text };
}

/** What is known of the devices of this machine. */
export interface DeviceReport {
  /** The name of the backbone that was run. */
  readonly backbone: string;
  /** Every execution provider that onnxruntime was built with. */
  readonly verdicts: readonly ProviderVerdict[];
  /** Of those that work, the CPU first. */
  readonly figures: readonly ProviderFigures[];
  /** Names of graphics devices, as far as the system tells. */
  readonly graphics: readonly string[];
  /** What runs from now on, and why. */
  readonly device: DeviceInfo;
}

/** What the engine offers about devices. */
export interface DeviceMethods {
  /** Tries every execution provider anew: a small model first, then the backbone, compared with the CPU. */
  checkDevices: Call<{ readonly backbone: BackboneRef }, DeviceReport>;
}
