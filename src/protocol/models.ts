import type { Installed } from '../core/downloads/folderInstall.ts';
import type { WhenTaken } from '../core/downloads/installPlace.ts';
import type { ModelDtype, ModelSource } from '../core/downloads/modelInstall.ts';
import type { DownloadProgress } from '../core/downloads/progress.ts';

/** A backbone: an absolute path of an ONNX file, or the name of an installed one. */
export type BackboneRef = string;

/** What a source offers, with sizes, before anything is downloaded. */
export interface ModelOffer {
  readonly title: string;
  readonly proposed: ModelDtype;
  readonly variants: readonly {
    readonly dtype: ModelDtype;
    readonly modelPath: string;
    readonly bytes: number;
    readonly files: readonly { readonly path: string; readonly size: number }[];
  }[];
}

/** Asks a source what it offers; moves no model. */
export interface PlanMethod {
  params: { readonly source: ModelSource; readonly dtype?: ModelDtype | undefined };
  result: ModelOffer;
  progress: never;
}

/** Downloads or copies a model into its folder. */
export interface InstallMethod {
  params: {
    readonly source: ModelSource;
    readonly dtype?: ModelDtype | undefined;
    readonly whenTaken?: WhenTaken | undefined;
  };
  /** @throws `already-exists` where something else has its name and `whenTaken` does not say what to do */
  result: Installed;
  progress: DownloadProgress;
}
