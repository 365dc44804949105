import type { AlignmentDocument, AlignmentMethod } from '../core/documents/alignment.ts';
import type { AlignmentEdit } from '../core/documents/alignmentEdits.ts';
import type {
  BackboneDescription,
  ImageInput,
  MissingField,
  OutputKind,
} from '../core/documents/backboneDescription.ts';
import type { BackboneSidecar } from '../core/documents/backboneSidecar.ts';
import type { SimilarityChoice } from '../core/encoders/similarityChoice.ts';
import type { TargetList } from '../core/labels/targetLabels.ts';
import type { Aggregation } from '../core/mapping/mapping.ts';
import type { Blocker } from '../core/onnx/gradients/blockers.ts';
import type { TargetLabel } from '../core/similarity/similarity.ts';
import type { EncoderMethods } from './encoders.ts';
import type { RankingMethods } from './ranking.ts';

/** Where the engine finds things; sent once after the start. */
export interface EngineOptions {
  /** Folder with the embedded backbone, label spaces and the WordNet table. */
  readonly modelsFolder: string;
  /** Folders whose `*.onnx` are installed backbones, besides `modelsFolder`. */
  readonly backboneFolders: readonly string[];
  /** Folders whose sub-folders are installed text encoders; new ones go into the first. */
  readonly encoderFolders?: readonly string[];
  /** Cache of backbone outputs, label embeddings and remembered descriptions; safe to delete. */
  readonly cacheFolder: string;
  /** Threads for inference; 0 = all cores. */
  readonly threads: number;
}

/** The device that runs, and why this one. */
export interface DeviceInfo {
  readonly provider: string;
  readonly name: string;
  readonly why: string;
}

export interface EngineInfo {
  readonly pid: number;
  readonly onnxruntime: string;
  readonly device: DeviceInfo;
}

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

/** Where target labels come from. */
export interface AlignParams {
  readonly targets: readonly TargetLabel[];
  readonly backbone: BackboneRef;
  readonly sidecar?: BackboneSidecar;
  readonly method: AlignmentMethod;
  /** Absent: WordNet. */
  readonly similarity?: SimilarityChoice;
  readonly k?: number;
  readonly seed?: number;
  /** semap-1: whether two targets may share a source; absent = they may. */
  readonly shared?: boolean;
  /** Absent: as the method has it. */
  readonly aggregation?: Aggregation;
  /** Learned methods: folders whose class folders are targets. */
  readonly labelled?: LabelledImages;
  /** Source labels that no target may use, by index, wnid or name. */
  readonly excluded?: readonly (number | string)[];
}

/** Which labelled images a mapping is learned from. */
export interface LabelledImages {
  readonly folders: readonly string[];
  /** At most so many of each label, and never more than three of four; absent: 20. */
  readonly perClass?: number;
  /** Which ones; absent: 0. */
  readonly seed?: number;
}

/** One sense that a target label may have. */
export interface SenseOption {
  /** WordNet sense key. */
  readonly key: string;
  readonly gloss: string;
  /** All names of the sense. */
  readonly lemmas: readonly string[];
  /** Some source labels that are the sense or a kind of it, and how many there are. */
  readonly kinds: readonly string[];
  readonly kindCount: number;
}

/** The senses to choose from for one target. */
export interface SenseOptions {
  readonly senses: readonly SenseOption[];
  /** Key of the one that the method chooses by itself; absent where WordNet does not know the label. */
  readonly chosen?: string;
  /** Key of the one that was given. */
  readonly pinned?: string;
}

/** What an alignment view shows: all T x S similarities of a document under its similarity. */
export interface SimilarityView {
  readonly sources: readonly { readonly name: string; readonly wnid?: string }[];
  /** Row-major [T, S]. */
  readonly values: Float32Array;
  /** Order of the sources along the WordNet tree, so that related ones are neighbours; length S. */
  readonly treeOrder: Uint32Array;
}

export interface ClassifyParams {
  /** Folders to walk; symbolic links to folders are followed once. */
  readonly folders: readonly string[];
  readonly backbone: BackboneRef;
  readonly sidecar?: BackboneSidecar;
  readonly alignment: AlignmentDocument;
}

/** A source label that fired on an image. */
export interface FiredSource {
  readonly source: number;
  readonly probability: number;
}

export interface Prediction {
  /** Absolute path. */
  readonly path: string;
  readonly label: string;
  /** Index of the label in the alignment's targets. */
  readonly target: number;
  /** Softmax over the target scores, at the predicted one. */
  readonly confidence: number;
  /** Class folder's label, when it is one of the targets and the mapping was not learned from the image. */
  readonly truth?: string;
  /** The three strongest source labels. */
  readonly fired: readonly FiredSource[];
}

export interface SkippedImage {
  readonly path: string;
  readonly reason: string;
}

/** Sent at most ten times a second; `predictions` and `skipped` are what is new since the last one. */
export interface ClassifyProgress {
  readonly total: number;
  /** False while the folders are still being listed and `total` may grow. */
  readonly listed: boolean;
  readonly done: number;
  /** Of `done`, how many came from the cache of outputs. */
  readonly cached: number;
  readonly predictions: readonly Prediction[];
  readonly skipped: readonly SkippedImage[];
  readonly imagesPerSecond: number;
  readonly secondsLeft?: number;
}

export interface ClassMetrics {
  readonly label: string;
  readonly images: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

export interface ClassifyResult {
  readonly images: number;
  readonly skipped: readonly SkippedImage[];
  /** Images with a known truth that do not count, for the mapping was learned from them. */
  readonly learnedFrom?: number;
  /** Null when no image has a known truth. */
  readonly accuracy: number | null;
  readonly balancedAccuracy: number | null;
  readonly perClass: readonly ClassMetrics[];
  readonly backbone: { readonly name: string; readonly sha256: string };
  readonly method: AlignmentDocument['method'];
  readonly device: DeviceInfo;
  readonly seconds: number;
  /** True when it was cancelled: the rest is what had been done by then. */
  readonly cancelled: boolean;
}

/** A class folder as a target label. */
export interface ClassFolder {
  /** The folder's name; of a wnid its WordNet name. */
  readonly label: string;
  /** WordNet sense key, where the folder is a wnid. */
  readonly sense?: string;
  readonly images: number;
}

/** What the engine offers; see {@link file://./rpc.ts} for how errors, cancel and progress travel. */
export interface EngineApi extends EncoderMethods, RankingMethods {
  start: { params: EngineOptions; result: EngineInfo; progress: never };
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
  /** Reads names that a person gave as target labels: wnids get names, blanks and duplicates are left out and told. */
  readLabels: { params: { readonly names: readonly string[] }; result: TargetList; progress: never };
  /** Reports texts encoded, where a text encoder runs, and labelled images, where a mapping is learned. */
  align: {
    params: AlignParams;
    result: AlignmentDocument;
    progress: { readonly done: number; readonly total: number; readonly what?: 'images' };
  };
  /** Senses that a target of a document may have, the method's first. */
  senses: {
    params: { readonly alignment: AlignmentDocument; readonly target: number };
    result: SenseOptions;
    progress: never;
  };
  /** Edits a document and aligns its labels again by its own method; what a person changed by hand stays. */
  realign: {
    params: { readonly alignment: AlignmentDocument; readonly edit: AlignmentEdit };
    result: AlignmentDocument;
    progress: { done: number; total: number };
  };
  similarities: {
    params: { readonly alignment: AlignmentDocument; readonly sidecar?: BackboneSidecar };
    result: SimilarityView;
    progress: never;
  };
  explain: {
    params: { readonly alignment: AlignmentDocument; readonly target: number; readonly source: number };
    result: string;
    progress: never;
  };
  /** Class folders directly below a folder and how many images each holds. */
  listClasses: {
    params: { readonly folder: string };
    result: readonly ClassFolder[];
    progress: never;
  };
  classify: { params: ClassifyParams; result: ClassifyResult; progress: ClassifyProgress };
  /** Scores cached outputs under another alignment without running the backbone; unseen images are left out. */
  rescore: {
    params: ClassifyParams & {
      /** Assumes about equally many images of each label: a choice, never the rule. */
      readonly priorMatching?: boolean;
    };
    result: ClassifyResult & { readonly predictions: readonly Prediction[] };
    progress: never;
  };
  /** A small upright JPEG or PNG of an image. */
  thumbnail: {
    params: { readonly path: string; readonly size: number };
    result: { readonly type: string; readonly bytes: Uint8Array };
    progress: never;
  };
}

export interface BackboneCheck {
  readonly runs: boolean;
  readonly milliseconds: number;
  readonly description: BackboneDescription;
}

/** What the engine may ask of the one who started it. */
export type EngineClientApi = Record<never, never>;
