import { register } from 'node:module';
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

/** The quick pick or input box that is open, once it is. */
export async function openInput(): Promise<AnswerableInput> {
  for (let turn = 0; turn < 1000; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (stage.open) return stage.open;
  }
  throw new Error('No input is open.');
}
