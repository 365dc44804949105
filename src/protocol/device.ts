/** The device that runs, and why this one. */
export interface DeviceInfo {
  readonly provider: string;
  readonly name: string;
  readonly why: string;
}
