import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { TestHub } from '../core/downloads/testHub.ts';
import { tinyClip, tinySentenceEncoder, writeEncoder } from '../engine/encoders/tinyEncoders.ts';
import { testFolder } from '../folders.ts';
import { runWith } from './runCommand.ts';

const scratch = testFolder();
let hub: TestHub;
before(async () => {
  hub = await new TestHub('Xenova/clip-vit-base-patch32', tinyClip()).start();
});
after(async () => hub.stop());

const encoders = path.join(scratch, 'encoders');
const run = runWith(() => ['--encoder-folder', encoders, '--cache-folder', path.join(scratch, 'cache')]);

describe('semap encoders', () => {
  it('installs by name, lists and checks what it installed', async () => {
    const installed = await run`encoders install clip --mirror ${hub.endpoint}`;
    assert.equal(installed.code, 0, installed.err);
    assert.match(installed.out, /Installed in .*Xenova--clip-vit-base-patch32--fp32/);
    assert.match(installed.err, /\(fp32\): \d/);

    const { out } = await run`encoders list`;
    assert.match(out, /Xenova--clip-vit-base-patch32--fp32 +text-tower/);

    await writeFile(path.join(encoders, 'Xenova--clip-vit-base-patch32--fp32/tokenizer_config.json'), '{}');
    const damaged = await run`encoders check clip`;
    assert.equal(damaged.code, 1);
    assert.match(damaged.err, /tokenizer_config\.json has 2 bytes[\s\S]*Install the text encoder again/);
  });

  it('says beforehand what it would install', async () => {
    hub.log.length = 0;
    const { out } = await run`encoders install clip --mirror ${hub.endpoint} --dry-run --json`;
    assert.equal(JSON.parse(out).proposed, 'fp32');
    assert.equal(hub.downloads('onnx/text_model.onnx').length, 0);
  });

  it('installs from a folder', async () => {
    const folder = await writeEncoder(path.join(scratch, 'own'), tinySentenceEncoder());
    const { code, err } = await run`encoders install ${folder}`;
    assert.equal(code, 0, err);
    assert.ok((await readdir(encoders)).includes('own--fp32'));
  });

  it('says what is wrong, with a next step', async () => {
    const down = await run`encoders install nobody/nothing --mirror ${hub.endpoint}`;
    assert.equal(down.code, 1);
    assert.match(down.err, /Cannot find nobody\/nothing .*\(HTTP 404\)[\s\S]*Check the name/);
    assert.equal((await run`encoders install`).code, 2);
    assert.equal((await run`encoders install clip --dtype q3`).code, 2);
  });
});
