import type {
  BackboneDescription,
  ImageInput,
  MissingField,
  OutputKind,
} from '../core/documents/backboneDescription.ts';
import type { BackboneSidecar } from '../core/documents/backboneSidecar.ts';
import type { Blocker } from '../core/onnx/gradients/blockers.ts';

/** A backbone: an absolute path of an ONNX file, or the name of an installed one. */
export type BackboneRef = string;

/** What is known about a backbone before it is fully described: what to ask the person for. */
export interface BackboneInspection {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly input: ImageInput;
  /** S, when the graph or a run of it tells. */
  readonly sourceCount?: number;
  /** What a run of the graph shows: probabilities sum to one. */
  readonly output?: OutputKind;
  /** What sidecar, options and memory say. */
  readonly known: BackboneSidecar;
  /** What nobody has said; empty when `describeBackbone` succeeds as it is. */
  readonly missing: readonly MissingField[];
  /** What is usual for such a graph; to be confirmed, never taken silently. */
  readonly suggested: BackboneSidecar;
}

/** One line of the backbone list; a damaged one carries its error instead of a description. */
export interface BackboneEntry {
  readonly name: string;
  readonly path: string;
  readonly embedded: boolean;
  readonly description?: BackboneDescription;
  readonly problem?: { readonly reason: string; readonly message: string; readonly hint?: string };
}

export interface BackboneCheck {
  readonly runs: boolean;
  readonly milliseconds: number;
  readonly description: BackboneDescription;
}

/** What the engine offers about backbones. */
export interface BackboneMethods {
  listBackbones: {
    params: { readonly extraFolders?: readonly string[] };
    result: readonly BackboneEntry[];
    progress: never;
  };
  /** What is known and what is missing, for asking a person; fails only for files that are no usable classifier. */
  inspectBackbone: {
    params: { readonly backbone: BackboneRef; readonly sidecar?: BackboneSidecar };
    result: BackboneInspection;
    progress: never;
  };
  /** Fails with `needs-description` when something is missing. `remember` keeps the sidecar for this file's content. */
  describeBackbone: {
    params: {
      readonly backbone: BackboneRef;
      readonly sidecar?: BackboneSidecar;
      readonly remember?: boolean;
    };
    result: BackboneDescription;
    progress: never;
  };
  /** Loads a backbone ahead of the classification that will need it; it is released when idle. */
  loadBackbone: {
    params: { readonly backbone: BackboneRef; readonly sidecar?: BackboneSidecar };
    result: undefined;
    progress: never;
  };
  /** Loads the model and runs one blank image through it. */
  checkBackbone: {
    params: { readonly backbone: BackboneRef; readonly sidecar?: BackboneSidecar };
    result: BackboneCheck;
    progress: never;
  };
  /** Whether prompts can be trained through a model, and which of its nodes stand in the way. Labels need not be known. */
  checkPromptable: {
    params: { readonly backbone: BackboneRef };
    result: { readonly promptable: boolean; readonly blockers: readonly Blocker[] };
    progress: never;
  };
  /** d mean cross-entropy / d input of a model for raw inputs; for checking against other software. */
  gradient: {
    params: {
      readonly backbone: BackboneRef;
      /** Batch first. */
      readonly dims: readonly number[];
      readonly data: Float32Array;
      readonly targets: readonly number[];
    };
    /** `gradient` as long as `data`; `logits` row-major [N, S]. */
    result: { readonly gradient: Float32Array; readonly logits: Float32Array; readonly loss: number };
    progress: never;
  };
}
