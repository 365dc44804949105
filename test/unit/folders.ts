import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const made: string[] = [];
process.once('exit', () => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A new folder, deleted when the process of the test ends. */
export function testFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'semap-test-'));
  made.push(folder);
  return folder;
}

/** A folder in which even root may make nothing. */
export const READ_ONLY = '/sys/kernel';

/** Why tests that need it are skipped; false where there is one. */
export const noReadOnly = ((): false | string => {
  try {
    mkdirSync(`${READ_ONLY}/semap`);
    rmSync(`${READ_ONLY}/semap`, { recursive: true });
  } catch (error) {
    if (['EPERM', 'EACCES', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
  }
  return 'every folder can be written to';
})();
