import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packedPage } from '../../../scripts/packedPage.ts';

test('a packed page has no picture and no link that would lead nowhere, and all of its words', () => {
  const page = [
    '# SeMap',
    '',
    '![A grid](media/align.webp)',
    '',
    'See [the guide](docs/README.md#guide), [**Export Results...**](docs/a.md), [Chat](https://example.org) and [below](#below).',
    'Code is `a[0](b)`. An icon ![i](media/i.png) within.',
    '',
  ].join('\n');
  assert.equal(
    packedPage(page),
    [
      '# SeMap',
      '',
      'See the guide, **Export Results...**, [Chat](https://example.org) and [below](#below).',
      'Code is `a[0](b)`. An icon  within.',
      '',
    ].join('\n'),
  );
});
