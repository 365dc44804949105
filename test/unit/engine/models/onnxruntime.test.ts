import assert from 'node:assert/strict';
import { it } from 'node:test';
import { loadOrt } from '../../../../src/engine/models/onnxruntime.ts';

it('Half floats stay bit patterns where the runtime has a type for them', async () => {
  class Float16Array extends Uint16Array {}
  Object.assign(globalThis, { Float16Array });
  const { Tensor } = await loadOrt();
  const one = new Tensor('float16', Uint16Array.of(0x3c00), [1]);
  assert.equal(one.data.constructor, Uint16Array);
  assert.equal(process.env['ORT_DISABLE_TELEMETRY'], '1');
});
