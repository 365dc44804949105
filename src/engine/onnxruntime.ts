export type Ort = typeof import('onnxruntime-node');

/**
 * onnxruntime, with what its defaults get wrong put right before it loads:
 * - its Linux build reports usage home;
 * - where the runtime has a Float16Array (V8 13.6: Node 24, Electron 36) its JavaScript puts half floats into one, which its
 *   native half takes for an empty input ("expected 301056, got 0"). Without it half floats are bit patterns in a
 *   Uint16Array, everywhere.
 */
export async function loadOrt(): Promise<Ort> {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  Reflect.deleteProperty(globalThis, 'Float16Array');
  return import('onnxruntime-node');
}
