import type { FuzzTarget } from './target.ts';

/** What can be fuzzed; each is loaded by the process that runs it. */
export const TARGETS: Readonly<Record<string, () => Promise<FuzzTarget>>> = {
  images: async () => (await import('./targets/images.ts')).images,
  colors: async () => (await import('./targets/colors.ts')).colors,
  jpeg: async () => (await import('./targets/images.ts')).jpeg,
  avif: async () => (await import('./targets/images.ts')).avif,
  heic: async () => (await import('./targets/images.ts')).heic,
  jxl: async () => (await import('./targets/images.ts')).jxl,
  jpeg2000: async () => (await import('./targets/images.ts')).jpeg2000,
  models: async () => (await import('./targets/models.ts')).models,
  gradients: async () => (await import('./targets/gradients.ts')).gradients,
  engine: async () => (await import('./targets/engine.ts')).engine,
  documents: async () => (await import('./targets/documents.ts')).documents,
  descriptions: async () => (await import('./targets/descriptions.ts')).descriptions,
  tensors: async () => (await import('./targets/tensors.ts')).tensors,
  caches: async () => (await import('./targets/caches.ts')).caches,
  labels: async () => (await import('./targets/labels.ts')).labels,
  runs: async () => (await import('./targets/runs.ts')).runs,
  searches: async () => (await import('./targets/searches.ts')).searches,
  exports: async () => (await import('./targets/exports.ts')).exports,
  pages: async () => (await import('./targets/pages.ts')).pages,
};
