import type { DownloadEnvironment } from '../../core/downloads/environment.ts';
import type { Installed, InstallOptions } from '../../core/downloads/folderInstall.ts';
import type { WhenTaken } from '../../core/downloads/installPlace.ts';
import {
  discardModel,
  installModel,
  type ModelKind,
  type ModelPlan,
  type ModelVariant,
  planModel,
} from '../../core/downloads/modelInstall.ts';

/** Where downloads go and come from, read at every use. */
export interface ModelPlaces {
  /** Folder of installed models of the kind. */
  readonly root: () => string;
  /** Address of a mirror; empty for the Hugging Face hub. */
  readonly mirror: () => string;
}

/** What a person wants to install; the mirror is that of the settings. */
export type ModelWish =
  | { readonly kind: 'hub'; readonly name: string }
  | { readonly kind: 'folder'; readonly folder: string };

/** Installs models of one kind with the extension host's network access. Knows nothing of windows: see `InstallModel`. */
export class ModelDownloads<V extends ModelVariant> {
  readonly #kind: ModelKind<V>;
  readonly #places: ModelPlaces;
  readonly #environment: DownloadEnvironment;

  constructor(kind: ModelKind<V>, places: ModelPlaces, environment: DownloadEnvironment) {
    this.#kind = kind;
    this.#places = places;
    this.#environment = environment;
  }

  /** Sizes and precisions; moves no model. */
  plan(wish: ModelWish, signal: AbortSignal): Promise<ModelPlan<V>> {
    const source = wish.kind === 'hub' ? { ...wish, mirror: this.#places.mirror() } : wish;
    return planModel(this.#kind, source, this.#environment, signal);
  }

  /** @throws {SemapError} `already-exists` where something else has its name and `whenTaken` does not say what to do */
  install(
    plan: ModelPlan<V>,
    variant: V,
    options: InstallOptions & { readonly whenTaken?: WhenTaken | undefined },
  ): Promise<Installed> {
    return installModel(plan, variant, this.#places.root(), this.#environment, options);
  }

  /** Throws away what a stopped installation left. */
  discard(plan: ModelPlan<V>, variant: V): Promise<void> {
    return discardModel(plan, variant, this.#places.root(), this.#environment);
  }
}
