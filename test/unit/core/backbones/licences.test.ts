import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  isLicenceFile,
  licenceName,
  licenceOfCard,
  licenceOfMetadata,
  licenceOfText,
} from '../../../../src/core/backbones/licences.ts';

describe('The licence of a model', () => {
  for (const [card, licence] of [
    ['---\nlicense: mit\n---\n# Net', 'mit'],
    ['---\r\nlicense: "apache-2.0" # as is\r\n---\r\n', 'apache-2.0'],
    ['---\ntags:\n- vision\nlicense:\n- mit\n- cc-by-4.0\nlibrary: timm\n---\n', 'mit, cc-by-4.0'],
    ['---\nlicense: other\nlicense_name: apple-ascl\nlicense_link: LICENSE\n---\n', 'apple-ascl'],
    ['---\nlicence: [mit, bsd]\n---', 'mit, bsd'],
    ['---\nlicense: none\n---', undefined],
    [`---\nlicense: mit${' '.repeat(300_000)}x\n---`, 'mit'],
    ['# Net\nlicense: mit\n', undefined],
    ['---\nlicense: mit', undefined],
  ] as const)
    it(`is ${licence} by the card ${JSON.stringify(card.slice(0, 90))}`, () =>
      assert.equal(licenceOfCard(card), licence));

  for (const [text, licence] of [
    ['MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy', 'MIT'],
    ['\n   Apache License\n   Version 2.0, January 2004', 'Apache-2.0'],
    ['GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3, 19 November 2007', 'AGPL-3.0'],
    ['Attribution-NonCommercial 4.0 International', 'CC-BY-NC-4.0'],
    ['Redistribution and use in source and binary forms ... Neither the name of', 'BSD-3-Clause'],
    ['Redistribution and use in source and binary forms, with or without', 'BSD-2-Clause'],
    ['\n\nLicense of my own\nDo this.', 'License of my own'],
    ['', undefined],
  ] as const)
    it(`is ${licence} by the text ${JSON.stringify(text.slice(0, 30))}`, () =>
      assert.equal(licenceOfText(text), licence));

  it('is one short line, whatever somebody wrote', () => {
    assert.equal(licenceName('a\n\u202eb\u0000 c'), 'a b c');
    assert.equal(licenceName('x'.repeat(1000))?.length, 100);
    for (const none of [undefined, 3, '', ' ', 'unknown', null]) assert.equal(licenceName(none), undefined);
  });

  it('is in the metadata under several names', () => {
    assert.equal(licenceOfMetadata({ license: 'AGPL-3.0 License' }), 'AGPL-3.0 License');
    assert.equal(licenceOfMetadata({ author: 'me', 'Model License': 'MIT' }), 'MIT');
    assert.equal(licenceOfMetadata({ licenses: 'no' }), undefined);
  });

  it('is in files of these names', () => {
    for (const name of ['LICENSE', 'LICENCE.txt', 'license.md', 'COPYING', 'LICENSE-MIT'])
      assert.ok(isLicenceFile(name), name);
    for (const name of ['licenses', 'license_check.py', 'mylicense.txt'])
      assert.ok(!isLicenceFile(name), name);
  });
});
