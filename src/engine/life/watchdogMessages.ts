/** What the watchdog of a process is given. */
export interface WatchdogData {
  /** The parent process when the watch began. */
  readonly parent: number;
  /** The process that started this one: the same, unless a launcher stands between. */
  readonly starter: number;
  /** How long this process may take to end by itself once that is gone. */
  readonly graceMilliseconds: number;
}
