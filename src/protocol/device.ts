/** The device that runs, and why this one. */
export interface DeviceInfo {
  readonly provider: string;
  readonly name: string;
  readonly why: string;
}

/** What trying an execution provider showed. */
export interface ProviderVerdict {
  /** `cpu`, `webgpu`, `dml`, `coreml`, `cuda`. */
  readonly provider: string;
  readonly works: boolean;
  /** Why not, or what was found: its speed, how far its scores are from the CPU's. */
  readonly reason: string;
  readonly milliseconds?: number;
}
