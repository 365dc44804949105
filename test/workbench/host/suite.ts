import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** What the suite writes when it ends; without it nothing has been proved. */
export interface SuiteResult {
  readonly passed: readonly string[];
  readonly failures: readonly { readonly title: string; readonly message: string }[];
  /** Figures that specs measured, to be shown. */
  readonly figures: Readonly<Record<string, number>>;
}

/** VS Code calls this in the extension host; `SEMAP_TEST_RESULT` names the file for the {@link SuiteResult}. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 120_000, reporter: 'dot' });
  const figures: Record<string, number> = {};
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  const { defineSpecs } = await import('./extension.spec.ts');
  defineSpecs(figures);
  const failures: { title: string; message: string }[] = [];
  const passed: string[] = [];
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on('pass', (test) => passed.push(test.fullTitle()))
      .on('fail', (test, error: Error) =>
        failures.push({ title: test.fullTitle(), message: error.stack ?? error.message }),
      );
  });
  const result: SuiteResult = { passed, failures, figures };
  writeFileSync(process.env['SEMAP_TEST_RESULT'] as string, JSON.stringify(result));
  if (failures.length > 0) throw new Error(`${failures.length} of the tests in the extension host failed.`);
}
