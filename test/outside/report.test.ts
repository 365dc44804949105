import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.ts';
import { htmlFormat } from '../../src/core/exports/report/reportFormats.ts';
import { ENGLISH } from '../../src/core/text/text.ts';
import { imageOf, sourceOf } from '../unit/core/exports/fakeSource.ts';
import { lackingChrome } from './programs.ts';

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

const LABELS = [
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  'x'.repeat(200),
  'קיפוד',
  '日本語のとても長いラベルの名前です',
  ...Array.from({ length: 25 }, (_, i) => `label ${i}`),
];

describe('a report in a browser', { skip: lackingChrome() }, () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'semap-report-'));
  const file = path.join(folder, 'report.html');
  let browser: Browser;

  before(async () => {
    const images = LABELS.flatMap((truth, t) =>
      [0, 1, 2].map((n) =>
        imageOf(`${t}/${'long-name-'.repeat(12)}${n}.jpg`, {
          truth,
          label: LABELS[(t + (n >> 1)) % LABELS.length],
        }),
      ),
    );
    const source = sourceOf(images, { labels: LABELS });
    let html = '';
    const thumbnail = async () => ({ type: 'image/png', bytes: PIXEL });
    for await (const part of htmlFormat.write(source, {}, { version: '1', language: ENGLISH, thumbnail }))
      html += part;
    writeFileSync(file, html);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  for (const [width, colorScheme] of [
    [400, 'light'],
    [1280, 'dark'],
  ] as const) {
    it(`fits ${width} pixels, is ${colorScheme}, runs nothing and asks for nothing`, async () => {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, offline: true });
      const told: string[] = [];
      page.on('console', (message) => told.push(message.text()));
      page.on('dialog', (dialog) => told.push(dialog.message()));
      page.on('request', (request) => {
        if (!/^(?:file|data):/.test(request.url())) told.push(request.url());
      });
      await page.goto(pathToFileURL(file).href);
      const seen = await page.evaluate(() => ({
        overflow: document.documentElement.scrollWidth - innerWidth,
        paper: getComputedStyle(document.body).backgroundColor,
        sections: document.querySelectorAll('section > h2').length,
        scripts: document.querySelectorAll('script, svg[onload], img[onerror]').length,
        pictures: [...document.images].map((image) => image.naturalWidth),
      }));
      assert.deepEqual(told, []);
      assert.equal(seen.overflow, 0);
      assert.equal(seen.paper, colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(22, 25, 29)');
      assert.ok(seen.sections >= 8);
      assert.equal(seen.scripts, 0);
      assert.deepEqual(new Set(seen.pictures), new Set([1]));
      await page.close();
    });
  }

  it('is light on paper, without its list of sections, and breaks between pictures', async () => {
    const page = await browser.newPage({ colorScheme: 'dark', offline: true });
    await page.goto(pathToFileURL(file).href);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(paper, 'rgb(255, 255, 255)');
    assert.equal(await page.locator('nav').isVisible(), false);
    const pdf = await page.pdf({ format: 'A4' });
    assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
    assert.ok((pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0) > 2);
    await page.close();
  });
});
