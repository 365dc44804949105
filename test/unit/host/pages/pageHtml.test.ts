import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pageHtml } from '../../../../src/host/pages/pageHtml.ts';

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

  it('never uses a nonce twice', () => {
    assert.notEqual(pageHtml(input), pageHtml(input));
  });

  it('escapes what it is given', () => {
    assert.ok(!pageHtml({ ...input, title: '</title><script>' }).includes('</title><script>'));
  });
});
