import os from 'node:os';
import type { DeviceInfo } from '../../protocol/device.ts';
import type { RuntimeInfo } from './inferenceMessages.ts';

/** The device that runs. For now always the CPU; other providers are told of, not used. */
export function chooseDevice(runtime: RuntimeInfo, threads: number): DeviceInfo {
  const others = runtime.backends.filter((name) => name !== 'cpu');
  const model = os.cpus()[0]?.model.trim() || os.arch();
  const offered =
    others.length > 0
      ? `onnxruntime was built with ${others.join(', ')} too, but this version of SeMap uses only the CPU.`
      : 'onnxruntime offers nothing else on this platform.';
  return {
    provider: 'cpu',
    name: `${model}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    why: offered,
  };
}
