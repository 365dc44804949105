import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from './build.ts';
import { PACKAGES, packageExtension } from './package.ts';
import { makeSampleWorkspace } from './sampleWorkspace.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** What a release folder has beside the packages. */
const FILES = {
  sums: 'SHA256SUMS',
  signature: 'SHA256SUMS.sig',
  key: 'release-key.pem',
  provenance: 'provenance.json',
};

/**
 * `npm run release -- --out DIR [--key ED25519.pem]`: builds the packages of all platforms from a clean checkout and writes
 * their checksums, signed where there is a key, and what they were made from. `-- --verify DIR --public-key FILE` checks
 * a release.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      key: { type: 'string' },
      verify: { type: 'string' },
      'public-key': { type: 'string' },
    },
  });
  if (values.verify !== undefined) {
    if (values['public-key'] === undefined)
      throw new Error(
        "Name the public key that you trust: --public-key FILE. The one in the folder may be anybody's.",
      );
    await verifyRelease(values.verify, createPublicKey(await readFile(values['public-key'])));
    console.log('The signature and all checksums are right.');
    return;
  }
  if (values.out === undefined) throw new Error('Name a new folder: npm run release -- --out DIR');
  const key = values.key === undefined ? undefined : createPrivateKey(await readFile(values.key));
  if (key && key.asymmetricKeyType !== 'ed25519') throw new Error('The key must be an Ed25519 key in PEM.');
  await release(path.resolve(values.out), key);
}

async function release(out: string, key: KeyObject | undefined): Promise<void> {
  const changed = git('status', '--porcelain');
  if (changed !== '') throw new Error(`Commit or remove what is not committed first:\n${changed}`);
  await mkdir(out, { recursive: false });
  await rm(path.join(root, 'dist'), { recursive: true, force: true });
  await build();
  await makeSampleWorkspace();
  const packages: string[] = [];
  for (const platform of Object.keys(PACKAGES)) {
    const file = await packageExtension(platform);
    await copyFile(file, path.join(out, path.basename(file)));
    packages.push(path.basename(file));
  }
  await writeFile(
    path.join(out, FILES.provenance),
    `${JSON.stringify(await provenance(out, packages), null, 2)}\n`,
  );
  await writeSums(out, [...packages, FILES.provenance], key);
  if (key) console.log(`Signed. Keep ${FILES.key} where people find it without this folder.`);
  else console.log('Not signed: give --key FILE. openssl genpkey -algorithm ed25519 -out FILE makes one.');
}

/** Writes the checksums of files as `sha256sum --check` reads them, and their signature. */
export async function writeSums(
  folder: string,
  names: readonly string[],
  key: KeyObject | undefined,
): Promise<void> {
  const lines: string[] = [];
  for (const name of [...names].sort()) lines.push(`${await sha256(path.join(folder, name))}  ${name}\n`);
  const sums = Buffer.from(lines.join(''));
  await writeFile(path.join(folder, FILES.sums), sums);
  if (!key) return;
  // Verified by: openssl pkeyutl -verify -pubin -inkey KEY -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
  await writeFile(path.join(folder, FILES.signature), sign(null, sums, key));
  await writeFile(path.join(folder, FILES.key), createPublicKey(key).export({ type: 'spki', format: 'pem' }));
}

/** @throws Error that says what is not as it was released */
export async function verifyRelease(folder: string, key: KeyObject): Promise<void> {
  const sums = await readFile(path.join(folder, FILES.sums));
  const signature = await readFile(path.join(folder, FILES.signature));
  if (!verify(null, sums, key, signature)) throw new Error(`${FILES.sums} was not signed by this key.`);
  for (const line of String(sums).split('\n').filter(Boolean)) {
    const [, sum, name] = /^([0-9a-f]{64}) {2}([^/\\]+)$/.exec(line) ?? [];
    if (sum === undefined) throw new Error(`${FILES.sums} has a line that is none: ${line}`);
    if ((await sha256(path.join(folder, name))) !== sum)
      throw new Error(`${name} was changed after its release.`);
  }
}

/** What the packages were made from, in the words of SLSA: https://slsa.dev/spec/v1.0/provenance. */
async function provenance(folder: string, packages: readonly string[]) {
  const subject = [];
  for (const name of packages)
    subject.push({ name, digest: { sha256: await sha256(path.join(folder, name)) } });
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'npm run release',
        externalParameters: { packages: Object.keys(PACKAGES) },
        resolvedDependencies: [
          { name: 'source', digest: { gitCommit: git('rev-parse', 'HEAD') } },
          {
            name: 'package-lock.json',
            digest: { sha256: await sha256(path.join(root, 'package-lock.json')) },
          },
          {
            name: 'models/starter.onnx',
            digest: { sha256: await sha256(path.join(root, 'models', 'starter.onnx')) },
          },
        ],
        internalParameters: { node: process.version, platform: `${process.platform}-${process.arch}` },
      },
      runDetails: { metadata: { startedOn: new Date().toISOString() } },
    },
  };
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
