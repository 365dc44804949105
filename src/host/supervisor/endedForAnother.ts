import { modelName, segmentsOf } from '../../core/downloads/modelNames.ts';
import { SemapError } from '../../core/errors.ts';
import type { Text } from '../../core/text/text.ts';

/** The engine had to be ended for one call: what else it was at was stopped by nobody, and may go on in the next one. */
export class EndedForAnother extends SemapError {
  /** The model whose load a person stopped. */
  readonly model: string | undefined;

  constructor(message: Text, model?: string) {
    super('engine-stopped', message);
    this.model = model;
  }
}

/** Whether a call is about a model, by its file or by its name. @param file whole path of the model */
export function isAbout(params: unknown, file: string): boolean {
  const name = modelName(segmentsOf(file));
  const open: unknown[] = [params];
  for (let next = open.pop(); next !== undefined || open.length > 0; next = open.pop()) {
    if (typeof next === 'string') {
      if (next === file || modelName(segmentsOf(next)) === name) return true;
    } else if (typeof next === 'object' && next !== null && !ArrayBuffer.isView(next)) {
      for (const value of Object.values(next)) open.push(value);
    }
  }
  return false;
}
