import type { DeviceMethods } from '../../protocol/device.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { Backbones } from '../backbones/backbones.ts';
import type { Devices } from './devices.ts';

interface Parts {
  readonly backbones: Backbones;
  readonly devices: Devices;
}

/** The calls about devices, served by what `started` gives. */
export function deviceHandlers(started: () => Parts): Handlers<Pick<DeviceMethods, keyof DeviceMethods>> {
  return {
    checkDevices: async ({ backbone }, { signal }) => {
      const { backbones, devices } = started();
      return devices.check(await backbones.describe(backbone), signal);
    },
  };
}
