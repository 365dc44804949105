import type { BackboneDescription } from '../core/backbones/backboneDescription.ts';
import type { BackboneSidecar, SidecarPreprocessing } from '../core/backbones/backboneSidecar.ts';
import type { ScorePlace } from '../core/backbones/classOutput.ts';
import type { GuessedPart } from '../core/backbones/guess.ts';
import type { ImageInput } from '../core/backbones/imageInput.ts';
import type { MissingField } from '../core/backbones/inputSpec.ts';
import type { LabelOrderFound } from '../core/backbones/labelOrders.ts';
import type { ShownOutline } from '../core/backbones/modelOutline.ts';
import type { PartDifference } from '../core/backbones/parityParts.ts';
import type { OpenParts } from '../core/backbones/preparations.ts';
import type { StatedBy } from '../core/backbones/readers/readers.ts';
import type { ReferenceReading, RowsDistance } from '../core/backbones/referenceForms.ts';
import type { ScalingName } from '../core/backbones/scalings.ts';
import type { Doubt } from '../core/backbones/sureness.ts';
import type { Installed } from '../core/downloads/folderInstall.ts';
import type { WhenTaken } from '../core/downloads/installPlace.ts';
import type { DownloadProgress } from '../core/downloads/progress.ts';
import type { Problem } from '../core/errors.ts';
import type { ChannelOrder, InputSpec } from '../core/images/preprocessing.ts';
import type { Blocker } from '../core/onnx/gradients/rule.ts';
import type { OutputKind } from '../core/onnx/scoreReading.ts';
import type { Text } from '../core/text/text.ts';
import type { ProviderVerdict } from './device.ts';
import type { BackboneRef, InstallMethod, PlanMethod } from './models.ts';
import type { Call } from './rpc.ts';

/** What is known about a backbone before it is fully described: what to ask the person for. */
export interface BackboneInspection {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly input: ImageInput;
  /** S, when the graph or a run of it tells. */
  readonly sourceCount?: number | undefined;
  /** What a run of the graph shows: probabilities sum to one. */
  readonly output?: OutputKind | undefined;
  /** Outputs that may all be the class scores, where nothing decides. */
  readonly outputs?: readonly ScorePlace[] | undefined;
  /** What sidecar, options and memory say. */
  readonly known: BackboneSidecar;
  /** What nobody has said; empty when `describeBackbone` succeeds as it is. */
  readonly missing: readonly MissingField[];
  /** What is usual for such a graph; to be confirmed, never taken silently. */
  readonly suggested: BackboneSidecar;
  /** Why `suggested` says what it does, or why it says nothing: a sentence each. */
  readonly reasons: Readonly<Partial<Record<GuessedPart, Text>>>;
  /** Which files beside the model, and which entries in it, `known` is from, where it is not from a person. */
  readonly stated: readonly StatedBy[];
  /** What is doubtful in what is known or suggested, and what to do. */
  readonly notes: readonly Text[];
}

/** What a backbone makes of one image under one way to prepare it. */
export interface BackboneReading {
  /** The five strongest source labels, the best first. */
  readonly best: readonly { readonly label: string; readonly probability: number }[];
}

/** What it makes of the image under another preparation than the one described. */
export interface PreparationReading extends BackboneReading {
  readonly scaling: ScalingName | undefined;
  readonly channels: ChannelOrder;
  /** Pixels are turned into their opposite first. */
  readonly inverted?: boolean | undefined;
  /** What to say for it. */
  readonly preprocessing: SidecarPreprocessing;
  /** How likely it is the right one, where that was measured. */
  readonly likelihood?: number | undefined;
  /** Share of the images of known classes that it answered rightly. */
  readonly accuracy?: number | undefined;
}

/** A backbone tried on an image as it is described, and as it might have been meant. */
export interface BackboneTrial extends BackboneReading {
  /** The image that was read. */
  readonly image: string;
  readonly milliseconds: number;
  /** All source labels get the same score: the image says nothing to it. */
  readonly constant?: true;
  /** Other scalings and orders of colors: the likeliest first, or, where nothing was measured, the most confident. */
  readonly others: readonly PreparationReading[];
  /** What several images show of the one described, and of how sure that is; absent for one or two images. */
  readonly measured?: {
    readonly images: number;
    /** The model is so slow that time was up before all were seen. */
    readonly cutShort?: true;
    /** Of them so many are of known classes that the source labels fit. */
    readonly labelled: number;
    readonly likelihood: number;
    readonly accuracy?: number | undefined;
    /** How sure it is that the likeliest preparation is right, or answers as the right one. */
    readonly sureness: number;
    readonly sure: boolean;
    /** Why it is not sure. */
    readonly doubt?: Doubt | undefined;
    /** The labels are not in the order of the outputs, as images of known classes show. */
    readonly order?: LabelOrderFound | undefined;
  };
}

/** What there is to know of a backbone beyond its description; slow to find out, remembered by its content. */
export interface BackboneDetails {
  /** Numbers in its weights; null where the graph cannot be read. */
  readonly parameters: number | null;
  /** Null where the graph cannot be read. */
  readonly promptable: boolean | null;
  readonly whyNotPromptable?: Text | undefined;
  /** The first nodes that no gradient goes through. */
  readonly blockers?: readonly Blocker[] | undefined;
  readonly licence?: string | undefined;
  /** `owner/name@commit` where SeMap downloaded it. */
  readonly source?: string | undefined;
  /** Whether SeMap put the file where it is, so that removing it may delete it. */
  readonly installed: boolean;
  /** Files beside it, and entries in it, that say what it expects. */
  readonly stated: readonly Text[];
  /** What is doubtful in its description, and what to do. */
  readonly notes: readonly Text[];
  /** Devices that it was tried on, with what came of it. */
  readonly devices: readonly ProviderVerdict[];
}

/** A model file before it is loaded: what stands in it, and in its folder. */
export interface ModelFileOutline extends ShownOutline {
  /** Of the file itself. */
  readonly bytes: number;
  /** Files beside it that hold weights; null where there is none of the name. */
  readonly weightFiles: readonly { readonly name: string; readonly bytes: number | null }[];
  /** What keeps it from being loaded. */
  readonly problems: readonly Problem[];
}

/** What can be said of a model without loading it: what its file, others beside it and persons say, and earlier runs showed. */
export interface ModelReport {
  readonly outline: ModelFileOutline;
  readonly sha256: string;
  /** Absent where it is no classifier. */
  readonly inspection?: BackboneInspection | undefined;
  /** Why it is none, or cannot be read. */
  readonly problem?: Problem | undefined;
  /** Those that are said, as many of them as were asked for; absent where nobody says any, or they cannot be read. */
  readonly labels?:
    | { readonly name: string; readonly count: number; readonly first: readonly string[] }
    | undefined;
  /** How images are prepared; absent where that is not all said. */
  readonly input?: InputSpec | undefined;
  /** Who says which part, persons too. */
  readonly origins: readonly StatedBy[];
  readonly licence?: string | undefined;
  /** What was found out when it was loaded before; absent where that was not, or its description is incomplete. */
  readonly details?: BackboneDetails | undefined;
}

/** One line of the backbone list; a damaged one carries its error instead of a description. */
export interface BackboneEntry {
  /** No other one of the list is called so: where files have one name, the folders above them are in it. */
  readonly name: string;
  readonly path: string;
  readonly embedded: boolean;
  /** Whether SeMap downloaded or copied it to where it is. */
  readonly installed?: boolean | undefined;
  readonly description?: BackboneDescription;
  readonly problem?: Problem | undefined;
}

export interface BackboneCheck {
  readonly runs: boolean;
  readonly milliseconds: number;
  readonly description: BackboneDescription;
}

/** What a reference is of: a tensor that the graph takes, or numbers that it gives. */
export type ReferenceOf = 'input' | 'output';

/** How a backbone, fed by SeMap, compares with what another pipeline gave for the same images. */
export interface BackboneParity {
  readonly images: number;
  /** It agrees as it is described. */
  readonly same: boolean;
  readonly described: RowsDistance;
  /** It would agree with other settings. */
  readonly closes: boolean;
  /** Under the settings that were found. */
  readonly closest: RowsDistance;
  /** Settings that must change for that. */
  readonly differences: readonly PartDifference[];
  /** All settings that were found. */
  readonly preprocessing: SidecarPreprocessing;
  /** What the reference is of the graph's output; absent for inputs. */
  readonly reading?: ReferenceReading | undefined;
  readonly output?: string | undefined;
  /** Of which image each row is, where they agree in another order than they are given in. */
  readonly order?: readonly number[] | undefined;
}

export interface RawGradientRequest {
  /** Shape of `data`, batch first. */
  readonly dims: readonly number[];
  /** The model's input as it takes it: no preprocessing. */
  readonly data: Float32Array;
  /** One class per row. */
  readonly targets: readonly number[];
}

export interface RawGradient {
  /** d mean cross-entropy / d input, as long as the input. */
  readonly gradient: Float32Array;
  /** [N, S]; log p where the model gives probabilities. */
  readonly logits: Float32Array;
  readonly loss: number;
}

/** Whether a prompt can be trained through a model, and what stands in the way. */
export interface Promptability {
  readonly promptable: boolean;
  readonly blockers: readonly Blocker[];
}

/** What the engine offers about backbones. */
export interface BackboneMethods {
  listBackbones: Call<{ readonly extraFolders?: readonly string[] }, readonly BackboneEntry[]>;
  /** What is known and what is missing, for asking a person; fails only for files that are no usable classifier. */
  inspectBackbone: Call<
    { readonly backbone: BackboneRef; readonly sidecar?: BackboneSidecar | undefined },
    BackboneInspection
  >;
  /**
   * What can be said of a model file without loading it; told in two steps, since recognizing a large file takes longer than
   * reading its graph. Fails only for what is no model at all.
   */
  reportModel: Call<
    {
      readonly file: string;
      /** How many labels are told at most; absent: the first few. */
      readonly mostLabels?: number | undefined;
    },
    ModelReport,
    ModelFileOutline
  >;
  /** Fails with `needs-description` when something is missing. `remember` keeps the sidecar for this file's content. */
  describeBackbone: Call<
    {
      readonly backbone: BackboneRef;
      readonly sidecar?: BackboneSidecar | undefined;
      readonly remember?: boolean;
    },
    BackboneDescription
  >;
  /** What tells one model from another, weights beside it included; null for what cannot be read. */
  hashModels: Call<{ readonly files: readonly string[] }, readonly (string | null)[]>;
  /** Loads a backbone ahead of the classification that will need it; it is released when idle. */
  loadBackbone: Call<{ readonly backbone: BackboneRef; readonly sidecar?: BackboneSidecar | undefined }>;
  /** Loads the model and runs one blank image through it. */
  checkBackbone: Call<
    { readonly backbone: BackboneRef; readonly sidecar?: BackboneSidecar | undefined },
    BackboneCheck
  >;
  /**
   * Runs one image as the backbone is described and in other usual ways: wrong scalings and colors show. With images
   * beside it, these ways are measured.
   */
  tryBackbone: Call<
    {
      readonly backbone: BackboneRef;
      readonly sidecar?: BackboneSidecar | undefined;
      /** Absent: the first of those beside it. */
      readonly image?: string | undefined;
      /** Further images, and folders of images. */
      readonly beside?: readonly string[] | undefined;
      /** What may be another than described; absent: all. */
      readonly open?: OpenParts | undefined;
    },
    BackboneTrial,
    { readonly done: number; readonly total: number }
  >;
  /** Compares what another pipeline gave for images with what SeMap gives, and finds the settings that make them agree. */
  compareBackbone: Call<
    {
      readonly backbone: BackboneRef;
      readonly sidecar?: BackboneSidecar | undefined;
      /** One for each row. */
      readonly images: readonly string[];
      /** Row-major, one row for each image. */
      readonly reference: Float32Array;
      readonly of: ReferenceOf;
    },
    BackboneParity,
    { readonly done: number; readonly total: number }
  >;
  backboneDetails: Call<{ readonly backbone: BackboneRef }, BackboneDetails>;
  planBackbone: PlanMethod;
  /** Downloads or copies into the first backbone folder; what a cancelled attempt left is continued. */
  installBackbone: InstallMethod;
  /**
   * Copies one ONNX file, its weights and its description into the first backbone folder; beside another one of its name,
   * unless that is to be replaced.
   */
  copyBackbone: Call<
    { readonly file: string; readonly whenTaken?: WhenTaken | undefined },
    Installed,
    DownloadProgress
  >;
  /**
   * Writes a copy of a model in half precision that computes in single precision, for {@link BackboneMethods.copyBackbone};
   * `compared` tells whether it was run beside the model.
   */
  float32Backbone: Call<
    { readonly backbone: BackboneRef },
    { readonly file: string; readonly compared: boolean }
  >;
  /** Deletes a backbone that SeMap installed; never a file that the person brought. */
  removeBackbone: Call<{ readonly backbone: BackboneRef }>;
  /** Whether prompts can be trained through a model, and which of its nodes stand in the way. Labels need not be known. */
  checkPromptable: Call<
    { readonly backbone: BackboneRef; readonly sidecar?: BackboneSidecar | undefined },
    Promptability
  >;
  /** d mean cross-entropy / d input of a model for raw inputs; for checking against other software. */
  gradient: Call<RawGradientRequest & { readonly backbone: BackboneRef }, RawGradient>;
}
