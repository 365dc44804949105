import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { textsIn } from '../../scripts/texts.ts';
import { LONG, Session, sessionOfSuite } from './session.ts';

const JAPANESE = /[\u3040-\u30ff\u4e00-\u9fff]/;

describe('pages in the language of VS Code', () => {
  const session = sessionOfSuite(() => Session.start({}, false, 'ja'));

  test('say all of their own texts in it, under a policy that complains of nothing', LONG, async () => {
    const texts = await textsIn('ja');
    const workbench = await session().open(await session().sample());
    await workbench.classify('icons', texts.manifest('command.classify'), texts.pattern('Start Classifying'));
    await workbench.classified();
    const page = await workbench.webview('[data-testid="results-tile"]');
    assert.equal(await page.locator('html').getAttribute('lang'), 'ja');
    await page.locator('[data-testid="results-tile"] img').first().waitFor();

    await page.locator('[data-testid="results-more"]').click();
    for (const place of ['results-accuracy', 'results-tab-gallery', 'results-origin', 'results-details']) {
      assert.match(await page.locator(`[data-testid="${place}"]`).innerText(), JAPANESE, place);
    }
    const named = page.locator(':is(button, vscode-single-select)[title]');
    const titles = await named.evaluateAll((all) => all.map((one) => one.getAttribute('title') ?? ''));
    const untranslated = titles.filter((title) => !JAPANESE.test(title));
    assert.deepEqual(untranslated, []);
    const refused = workbench.console.filter((line) => line.includes('Content Security Policy'));
    assert.deepEqual(refused, []);
  });
});
