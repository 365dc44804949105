import type * as Transformers from '@huggingface/transformers';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { loadOrt } from '../models/onnxruntime.ts';

let loaded: Promise<typeof Transformers> | undefined;

/**
 * Transformers.js, loaded on first use and set to local files only: its `env` is global and mutable, so this is the one
 * place that touches it.
 */
export function loadTransformers(): Promise<typeof Transformers> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<typeof Transformers> {
  // Before onnxruntime-node comes in by the import below.
  await loadOrt();
  const transformers = await import('@huggingface/transformers');
  const { env, LogLevel } = transformers;
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.useFSCache = false;
  env.useBrowserCache = false;
  env.useWasmCache = false;
  env.logLevel = LogLevel.NONE;
  env.fetch = () =>
    Promise.reject(
      new SemapError(
        'internal',
        phrase('A text encoder tried to use the network. Encoders load only from their folder.'),
      ),
    );
  return transformers;
}
