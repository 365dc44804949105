import { register } from 'node:module';
import { after } from 'node:test';
import type { AnswerableInput, Stage } from './stage.ts';

const fake = new URL('fakeVscode.mjs', import.meta.url).href;

// Node resolves `vscode` to the fake from here on; modules that import it are imported after this one.
register(
  `data:text/javascript,${encodeURIComponent(
    `export const resolve = (name, context, next) =>
       name === 'vscode' ? { url: ${JSON.stringify(fake)}, shortCircuit: true } : next(name, context);`,
  )}`,
);

const module = await import(fake);

/** What the fake VS Code shows and was told; tests set the person's answers on it. */
export const stage: Stage = module.stage;

/** Puts back what a suite replaces in the fake VS Code: tests of other files come after it in the same process. */
export function restoresFake(): void {
  const parts: object[] = [module.window, module.workspace];
  const before = parts.map((part) => Object.getOwnPropertyDescriptors(part));
  after(() => {
    for (const [i, part] of parts.entries()) Object.defineProperties(part, before[i]!);
  });
}

/** What VS Code keeps for an extension, of a workspace or of the person. */
export function fakeMemory() {
  const kept = new Map<string, unknown>();
  return {
    get: <T>(key: string, otherwise?: T) => (kept.has(key) ? kept.get(key) : otherwise) as T,
    update: async (key: string, value: unknown) => void kept.set(key, value),
  };
}

/** What `find` finds, as soon as it does; files may have to be read first. */
export async function eventually<T>(find: () => T | undefined, what: string): Promise<T> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    await new Promise((resolve) => setImmediate(resolve));
    const found = find();
    if (found !== undefined) return found;
  }
  throw new Error(`There is no ${what}.`);
}

/** The quick pick or input box that is open, once it is. */
export function openInput(): Promise<AnswerableInput> {
  return eventually(() => stage.open, 'open input');
}
