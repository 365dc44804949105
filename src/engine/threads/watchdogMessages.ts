/** What the watchdog of a process is given. */
export interface WatchdogData {
  /** The parent process when the watch began. */
  readonly parent: number;
  /** The process that started this one: the same, unless a launcher stands between. */
  readonly starter: number;
  /** How long this process may take to end by itself once that is gone. */
  readonly graceMilliseconds: number;
}

/** A model that is being loaded, or run for the first time. */
export interface WatchedLoad {
  readonly name: string;
  /** Bytes that the process may take meanwhile. */
  readonly budget: number;
  /** Where it is written down when it took more; absent = nowhere. */
  readonly record?: string;
}

/** To the watchdog. */
export type WatchdogMessage =
  | { readonly kind: 'loading'; readonly id: number; readonly load: WatchedLoad }
  | { readonly kind: 'loaded'; readonly id: number };

/** What is written down of a model that ended its process. */
export interface EndedLoad {
  readonly budget: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}
