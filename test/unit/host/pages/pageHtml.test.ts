import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import '../withFakeVscode.ts';

const { pageHtml } = await import('../../../../src/host/pages/pageHtml.ts');

const input = {
  title: 'T',
  script: 'https://x/a.js',
  style: 'https://x/a.css',
  cspSource: 'https://x',
  language: 'en',
};

describe('the shell of a page', () => {
  it('lets in its own script by nonce, its own style and font, blobs as pictures, and nothing else', () => {
    const html = pageHtml({ ...input, nonce: 'abc' });
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
    assert.equal(
      policy,
      "default-src 'none'; style-src https://x; font-src https://x; script-src 'nonce-abc'; img-src blob:",
    );
    assert.equal(html.match(/<script/g)?.length, 1);
  });

  it('carries translated texts as data that nothing in them can end', () => {
    const texts = { 'Show {0}': '</script><script>alert(1)</script> <!-- {0}' };
    const html = pageHtml({ ...input, language: 'ja', texts, nonce: 'abc' });
    assert.match(html, /<html lang="ja">/);
    const [, data = ''] = /<script type="application\/json" id="texts">(.*?)<\/script>/.exec(html) ?? [];
    assert.deepEqual(JSON.parse(data), texts);
    assert.equal(html.match(/<script/g)?.length, 2);
    assert.ok(!html.includes('<!--'));
  });

  it('says above the page what is off in Restricted Mode, with a link to where trust is given', () => {
    assert.ok(!pageHtml(input).includes('role="note"'));
    const html = pageHtml({ ...input, note: { words: 'Off: <b>', trust: 'Manage' } });
    assert.match(
      html,
      /<p [^>]*role="note">Off: &lt;b&gt; <a href="command:workbench\.trust\.manage">Manage<\/a>/,
    );
    assert.ok(html.indexOf('role="note"') < html.indexOf('<main>'));
  });

  it('never uses a nonce twice', () => assert.notEqual(pageHtml(input), pageHtml(input)));

  it('escapes what it is given', () => {
    assert.ok(!pageHtml({ ...input, title: '</title><script>' }).includes('</title><script>'));
  });
});
