import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCode, isSentence, levels } from '../../../../src/core/labels/labelSpeech.ts';

describe('how a label speaks', () => {
  it('is a sentence where it tells what to do or is about a thing, not its name', () => {
    const sentences = [
      'keep right',
      'ring the bell',
      'fasten your belt and stay seated',
      'do not block the driveway',
      'end of all speed and passing limits',
      'beware of falling rocks',
    ];
    for (const text of sentences) assert.ok(isSentence(text), text);
    const names = [
      'cat on a sofa',
      'a photo of a dog',
      'person riding a horse',
      'lily of the valley',
      'no dog',
      'forest under the snow',
      'black and tan terrier',
      'keep',
    ];
    for (const text of names) assert.ok(!isSentence(text), text);
  });

  it('is a code where it has digits and no word', () => {
    for (const text of ['r2 17b', 'a320', 'zk 7', '42']) assert.ok(isCode(text), text);
    for (const text of ['mp3 player', '3d printer', 'usb', 'cat 1', '猫']) assert.ok(!isCode(text), text);
  });

  it('has levels where it says so', () => {
    assert.deepEqual(levels('Rose___black_spot'), ['Rose', 'black_spot']);
    assert.deepEqual(levels('vehicle::car'), ['vehicle', 'car']);
    assert.deepEqual(levels('animal - dog > beagle'), ['animal', 'dog', 'beagle']);
    assert.deepEqual(levels('jack-in-the-box'), ['jack-in-the-box']);
    assert.deepEqual(levels('room -- 101'), ['room']);
  });
});
