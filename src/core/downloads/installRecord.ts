/** Name of the record that an installed folder carries: where its files came from and what they are. */
export const INSTALL_RECORD = 'semap-install.json';

/** Written into an installed folder. */
export interface InstallRecord {
  readonly version: 1;
  /** `Xenova/clip-vit-base-patch32@<commit>`, or `folder`. */
  readonly source: string;
  /** ISO 8601. */
  readonly installed: string;
  readonly files: readonly { readonly path: string; readonly size: number; readonly sha256: string }[];
}

/** Whether a folder name in `root` belongs to an installation in progress (or one that was given up). */
export function isStagingName(name: string): boolean {
  return /\.(download|lock|old)$/.test(name);
}
