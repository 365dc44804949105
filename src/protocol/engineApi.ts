import type { DeviceInfo } from '../core/runs/run.ts';
import type { Text } from '../core/text/text.ts';
import type { AlignmentMethods } from './alignments.ts';
import type { BackboneMethods } from './backbones.ts';
import type { ClassificationMethods } from './classification.ts';
import type { ClassifierExportMethods } from './classifierExport.ts';
import type { DeviceChoice, DeviceMethods } from './device.ts';
import type { EncoderMethods } from './encoders.ts';
import type { EvidenceMethods } from './evidence.ts';
import type { FilePlanMethods } from './filePlans.ts';
import type { FindMethods } from './find.ts';
import type { FolderMethods } from './folders.ts';
import type { JobMethods } from './jobs.ts';
import type { LearningMethods } from './learning.ts';
import type { RankingMethods } from './ranking.ts';
import type { Call } from './rpc.ts';
import type { SettlingMethods } from './settling.ts';
import type { TrainingMethods } from './training.ts';
import type { TruthMethods } from './truths.ts';

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
  /** What the cache of outputs and features may hold, in bytes; 0 or absent = no limit. */
  readonly cacheBytes?: number;
  /** The execution provider to use; absent = automatic. */
  readonly device?: DeviceChoice;
  /** Threads for inference; 0 = all cores. */
  readonly threads: number;
  /**
   * How many engines in a row ended by themselves before this one; absent = none. Memory is what most often ends one, so
   * the copies of a model that run beside each other are halved as often.
   */
  readonly crashes?: number;
  /** Folders of the workspace, which keep the labels of folders that cannot be written to. */
  readonly workspaceFolders?: readonly string[];
  /** After so many seconds the load of a model is slow; absent = 30. */
  readonly slowLoadSeconds?: number;
  /** What the process may take while a model is loaded; absent = what the machine has to give. */
  readonly memoryBytes?: number;
}

export interface EngineInfo {
  readonly pid: number;
  readonly onnxruntime: string;
  readonly device: DeviceInfo;
}

/** What the engine offers; see {@link file://./rpc.ts} for how errors, cancel and progress travel. */
export interface EngineApi
  extends AlignmentMethods,
    BackboneMethods,
    DeviceMethods,
    ClassificationMethods,
    ClassifierExportMethods,
    EncoderMethods,
    FilePlanMethods,
    FindMethods,
    FolderMethods,
    EvidenceMethods,
    JobMethods,
    RankingMethods,
    SettlingMethods,
    LearningMethods,
    TrainingMethods,
    TruthMethods {
  start: Call<EngineOptions, EngineInfo>;
}

/** What the engine may ask of the one who started it. */
export interface EngineClientApi {
  /** Something that a person should know and that ends nothing: a device that failed, and what runs instead. */
  notice: Call<{ readonly message: Text }>;
  /**
   * A backbone takes long to load or to run for the first time, in which onnxruntime cannot be interrupted. Whoever does
   * not want to wait ends the engine; cancelled when it is done.
   */
  slowLoad: Call<{ readonly backbone: string; readonly file: string; readonly seconds: number }>;
}
