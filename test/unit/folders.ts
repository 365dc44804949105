import { mkdtempSync, rmSync } from 'node:fs';
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
