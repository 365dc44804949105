import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, it } from 'node:test';
import { verifyRelease, writeSums } from '../../../scripts/release.ts';
import { scratch } from '../engine/engineHarness.ts';

const files = scratch();
after(() => files.dispose());

it('A release that was changed, or that somebody else signed, is not taken for one', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  files.write('semap-linux-x64-1.0.0.vsix', 'a package');
  files.write('provenance.json', '{}');
  await writeSums(files.folder, ['semap-linux-x64-1.0.0.vsix', 'provenance.json'], privateKey);
  await verifyRelease(files.folder, publicKey);
  if (process.platform === 'linux')
    execFileSync('sha256sum', ['--check', '--quiet', '--strict', 'SHA256SUMS'], { cwd: files.folder });

  files.write('semap-linux-x64-1.0.0.vsix', 'another package');
  await assert.rejects(verifyRelease(files.folder, publicKey), /vsix was changed after its release/);
  const other = generateKeyPairSync('ed25519');
  await assert.rejects(verifyRelease(files.folder, other.publicKey), /not signed by this key/);
  // Sums that were made anew for the changed package have another signature.
  await writeSums(files.folder, ['semap-linux-x64-1.0.0.vsix'], undefined);
  await assert.rejects(verifyRelease(files.folder, publicKey), /not signed by this key/);
  assert.match(String(readFileSync(files.path('release-key.pem'))), /BEGIN PUBLIC KEY/);
});
