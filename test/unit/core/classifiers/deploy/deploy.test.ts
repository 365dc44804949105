import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type DeployedClassifier,
  deployedClassifier,
  modelName,
} from '../../../../../src/core/classifiers/deploy/deployedClassifier.ts';
import { snippetFiles } from '../../../../../src/core/classifiers/deploy/snippets.ts';
import { tritonFiles } from '../../../../../src/core/classifiers/deploy/tritonModel.ts';

const classifier: DeployedClassifier = {
  name: 'pets',
  labels: ['cat', 'dog', 'guinea pig'],
  input: 'images',
  probabilities: 'probabilities',
  label: 'label',
};

const HOSTILE = '</script><img src=x onerror=alert(1)>"; \\ $1 {2} \u2028 */ --> \u{1f98a} é';

function triton(given: Partial<DeployedClassifier> = {}): { config: string; labels: string } {
  const [config, labels] = tritonFiles({ ...classifier, ...given });
  assert.deepEqual([config?.path, labels?.path], ['config.pbtxt', 'labels.txt']);
  return { config: config!.text, labels: labels!.text };
}

describe('what an exported file says', () => {
  const labels = ['cat', 'dog'];

  it('is taken from its input where every dimension is fixed', () => {
    const { batch, size } = deployedClassifier('pets.onnx', {
      labels,
      metadata: {},
      input: { name: 'images', shape: [1, 48, 64, 3] },
    });
    assert.deepEqual({ batch, size }, { batch: 1, size: { height: 48, width: 64 } });
  });

  it('leaves open what is open', () => {
    const free = deployedClassifier('pets.onnx', {
      labels,
      metadata: {},
      input: { name: 'images', shape: ['N', 'H', 'W', 3] },
    });
    assert.deepEqual(free, { ...classifier, labels });
  });
});

describe('the licence of the backbone', () => {
  it('stands beside every form where it is known, on one line', () => {
    const metadata = { license: 'AGPL-3.0\nand more' };
    const licensed = deployedClassifier('a.onnx', {
      labels: ['a'],
      metadata,
      input: { name: 'x', shape: [] },
    });
    for (const files of [tritonFiles(licensed), snippetFiles({ classifier: licensed, model: 'a.onnx' })])
      assert.match(files.at(-1)!.text, /^This classifier [^\n]* AGPL-3\.0 and more\n$/);
    assert.ok(!tritonFiles(classifier).some(({ path }) => path.includes('license')));
  });
});

describe('the name of a model on a server', () => {
  it('is the name of its file where that is a plain one', () =>
    assert.equal(modelName('pets-v2'), 'pets-v2'));

  it('leads nowhere, and is no name that a system keeps for itself', () => {
    assert.equal(modelName('../../etc/pass wd'), 'etc_pass_wd');
    assert.equal(modelName('CON'), 'CON_classifier');
    assert.equal(modelName('\u{1f98a}'), 'classifier');
    assert.equal(modelName('Hündchen'), 'Hundchen');
    assert.equal(modelName('x'.repeat(300)).length, 64);
  });
});

describe('the configuration for Triton', () => {
  it('lets Triton join images of one size where the model takes any number of them', () => {
    const { config, labels } = triton();
    assert.match(config, /^name: "pets"\nplatform: "onnxruntime_onnx"\nmax_batch_size: 32\n/);
    assert.match(config, /name: "images"\n {4}data_type: TYPE_UINT8\n {4}dims: \[ -1, -1, 3 \]/);
    assert.match(config, /data_type: TYPE_FP32\n {4}dims: \[ 3 \]\n {4}label_filename: "labels.txt"/);
    assert.match(config, /TYPE_INT64\n {4}dims: \[ 1 \]\n {4}reshape: \{ shape: \[ \] \}/);
    assert.match(config, /\ndynamic_batching \{ \}\n$/);
    assert.equal(labels, 'cat\ndog\nguinea pig\n');
  });

  it('states every dimension of a model that takes one image of one size', () => {
    const { config } = triton({ size: { height: 480, width: 640 }, batch: 1 });
    assert.match(config, /max_batch_size: 0\n/);
    assert.match(config, /dims: \[ 1, 480, 640, 3 \]/);
    assert.match(config, /dims: \[ 1, 3 \]\n/);
    assert.match(config, /TYPE_INT64\n {4}dims: \[ 1 \]\n {2}\}/);
    assert.doesNotMatch(config, /dynamic_batching|reshape/);
  });

  it('has one line for every label, whatever it is called', () => {
    assert.equal(triton({ labels: ['a\nb', 'c'] }).labels.split('\n').length, 3);
  });
});

describe('snippets', () => {
  const textsOf = (given: Partial<DeployedClassifier>, model = '../pets.onnx') =>
    new Map(
      snippetFiles({ classifier: { ...classifier, ...given }, model }).map(({ path, text }) => [path, text]),
    );

  it('have their labels in a file of data', () => {
    const texts = textsOf({ labels: [HOSTILE, 'dog'] });
    assert.deepEqual(JSON.parse(texts.get('labels.json')!), [HOSTILE, 'dog']);
    for (const [path, text] of texts) if (path !== 'labels.json') assert.doesNotMatch(text, /onerror/);
  });

  it('name the model, whatever it is called, and nothing in its name is code', () => {
    const model = `../${HOSTILE.replaceAll('/', '')}.onnx`;
    const texts = textsOf({}, model);
    for (const path of ['classify.py', 'classify.mjs', 'classify.html'])
      assert.doesNotMatch(texts.get(path)!, /<img|\u2028/);
    const [, literal] = /create\(beside\((".*")\)\)/.exec(texts.get('classify.mjs')!)!;
    assert.equal(JSON.parse(literal!), model);
    const [, address] = /create\((".*?")\)/.exec(texts.get('classify.html')!)!;
    const encoded = JSON.parse(address!) as string;
    assert.equal(decodeURIComponent(encoded), model);
    assert.equal(new URL(encoded, 'http://127.0.0.1/snippets/').pathname.split('/').length, 2);
  });

  it('keep onnxruntime from reporting usage before it is loaded', () => {
    for (const [path, loads] of [
      ['classify.py', 'import onnxruntime'],
      ['classify.mjs', "import('onnxruntime-node')"],
    ] as const) {
      const text = textsOf({}).get(path)!;
      const off = text.indexOf('ORT_DISABLE_TELEMETRY');
      assert.ok(off > 0 && off < text.indexOf(loads), path);
    }
  });

  it('bring images to the size that a model takes, where it takes only one', () => {
    const fixed = textsOf({ size: { height: 480, width: 640 } });
    const free = textsOf({});
    for (const [path, words] of [
      ['classify.py', /ImageOps\.fit\(image, \(640, 480\)/],
      ['classify.mjs', /width: 640, height: 480, fit: 'cover'/],
      ['classify.html', /OffscreenCanvas\(640, 480\)/],
    ] as const) {
      assert.match(fixed.get(path)!, words);
      assert.doesNotMatch(free.get(path)!, words);
    }
  });
});
