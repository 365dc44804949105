import { SemapError } from '../errors.ts';
import { phrase } from '../text/text.ts';
import { type Hash, type OpenFile, type RemoteFile, startDigest, type Work } from './environment.ts';
import { isLfsPointer, readJson, writeAll } from './localFiles.ts';
import {
  fetchOnce,
  fileFailure,
  htmlInstead,
  orSilence,
  pointerInstead,
  statusFailure,
  TransientFailure,
  throwIfCancelled,
  withRetries,
} from './requests.ts';

/** What is remembered beside a partial file, to know whether the rest still belongs to it. */
interface PartialState {
  readonly url: string;
  readonly size: number;
  readonly digest: string;
  /** Strong validator of the answer that the bytes came from. */
  readonly etag: string;
}

/** Bytes of the file that are on disk; falls when a damaged start is thrown away. */
export type OnBytes = (onDisk: number) => void;

const HASH_CHUNK = 1 << 20;

/**
 * Downloads `file` to `path`, by way of `path.part`, which a later call resumes: by `Range`, guarded by `If-Range`
 * where the server gave a strong ETag and by the digest in any case. The file gets its name only when its size and digest
 * are right. The request goes to `url` every time, because the CDN addresses it redirects to expire.
 * @throws {SemapError} network-failed, not-found, download-damaged, lfs-pointer, out-of-space, not-writable, cancelled
 */
export async function downloadFile(
  url: string,
  file: RemoteFile,
  path: string,
  work: Work,
  onBytes: OnBytes,
): Promise<void> {
  const { files } = work;
  const part = `${path}.part`;
  const statePath = `${part}.json`;
  try {
    const digest = file.digest ? `${file.digest.algorithm}:${file.digest.hex}` : '';
    const kept = await readJson<PartialState>(statePath, work);
    const same = digest === '' ? kept?.url === url && kept.size === file.size : kept?.digest === digest;
    if (!same) await files.rm(part, { recursive: true, force: true });
    let onDisk = 0;
    const job: Transfer = {
      url,
      file,
      part,
      statePath,
      digest,
      onBytes: (bytes) => {
        onDisk = bytes;
        onBytes(bytes);
      },
    };
    await withRetries(
      work,
      () => transfer(job, work),
      () => onDisk,
    );
    await files.rename(part, path);
    await files.rm(statePath, { recursive: true, force: true });
  } catch (error) {
    const failure = fileFailure(error, path);
    if (failure instanceof SemapError && failure.reason === 'out-of-space') {
      // A full disk hurts everything else on the machine: give the space back.
      await files.rm(part, { recursive: true, force: true });
      await files.rm(statePath, { recursive: true, force: true });
    }
    throw failure;
  }
}

interface Transfer {
  readonly url: string;
  readonly file: RemoteFile;
  readonly part: string;
  readonly statePath: string;
  readonly digest: string;
  readonly onBytes: OnBytes;
}

/** One attempt: continues what is there, or begins anew. */
async function transfer(job: Transfer, work: Work): Promise<void> {
  const { file, part } = job;
  const output = await openPart(part, work);
  try {
    const { size } = await work.files.stat(part);
    const resumable =
      size <= file.size && (file.digest !== undefined || size === 0 || (await etagOf(job, work)) !== '');
    let start = resumable ? size : 0;
    if (start !== size) await output.truncate(0);

    let hash = startHash(file, work);
    if (start > 0) await hashStart(output, start, hash, work.signal, job.onBytes);
    const resumed = start > 0;

    if (start < file.size || file.size === 0) {
      const response = await request(job, output, start, work);
      if (response.status !== 206 && start > 0) {
        // The server sends everything again: the file changed, or it knows no ranges.
        start = 0;
        hash = startHash(file, work);
        await output.truncate(0);
      }
      await rememberState(job, response, work);
      await receive(job, response, output, start, hash, work);
    }
    await output.sync();
    await verify(job, hash, output, resumed && start > 0);
  } finally {
    await output.close();
  }
}

/** Asks for the bytes from `start` on and checks that the answer is about them. */
async function request(job: Transfer, output: OpenFile, start: number, work: Work): Promise<Response> {
  const { url, file } = job;
  // A compressed answer has another length than the file, and no ranges.
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (start > 0) {
    headers['range'] = `bytes=${start}-`;
    const etag = await etagOf(job, work);
    if (etag !== '') headers['if-range'] = etag;
  }
  const response = await fetchOnce(url, { headers, redirect: 'follow' }, work);
  try {
    if (response.status === 416) throw await startOver(job, output);
    const failure = statusFailure(url, response.status, file.path);
    if (failure) throw failure;
    if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '') && !/\.html?$/i.test(file.path))
      throw htmlInstead(url, file.path);
    if (response.status === 206) {
      const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
      if (!range || Number(range[1]) !== start || (range[2] !== '*' && Number(range[2]) !== file.size))
        throw await startOver(job, output);
    }
  } catch (error) {
    await response.body?.cancel().catch(() => {});
    throw error;
  }
  return response;
}

/** Writes the body from `start` on. @throws {TransientFailure} when it ends early; what came is kept for the next attempt */
async function receive(
  job: Transfer,
  response: Response,
  output: OpenFile,
  start: number,
  hash: Hash,
  work: Work,
): Promise<void> {
  const { url, file, onBytes } = job;
  const reader = response.body?.getReader();
  let position = start;
  try {
    while (reader) {
      throwIfCancelled(work.signal);
      const { done, value } = await orSilence(reader.read(), url, work);
      if (done) break;
      if (position === 0) refuseImpostor(url, file, value);
      if (position + value.length > file.size) {
        throw new SemapError(
          'download-damaged',
          phrase('{0} is longer than the announced {1} bytes.', file.path, file.size),
          { hint: phrase('Try again, set another mirror, or install from a folder.') },
        );
      }
      await writeAll(output, value, position);
      hash.update(value);
      position += value.length;
      onBytes(position);
    }
  } catch (error) {
    await reader?.cancel().catch(() => {});
    if (!(error instanceof TransientFailure) && (error as { reason?: unknown }).reason !== 'cancelled') {
      await output.truncate(0);
    }
    throw error;
  }
  if (position < file.size) {
    throw new TransientFailure(
      new SemapError(
        'download-damaged',
        phrase('The download of {0} ended after {1} of {2} bytes.', file.path, position, file.size),
        { hint: phrase('Try again: the download will resume. If this happens again, set another mirror.') },
      ),
    );
  }
}

/** A page or an LFS pointer under the name of a model is known by its first bytes. */
function refuseImpostor(url: string, file: RemoteFile, start: Uint8Array): void {
  const text = new TextDecoder('latin1').decode(start.subarray(0, 200)).trimStart();
  if (/^(<!doctype html|<html)/i.test(text) && !/\.html?$/i.test(file.path))
    throw htmlInstead(url, file.path);
  if (isLfsPointer(start)) throw pointerInstead(file.path);
}

async function verify(job: Transfer, hash: Hash, output: OpenFile, stitched: boolean): Promise<void> {
  const { file } = job;
  if (!file.digest || hash.digest('hex') === file.digest.hex) return;
  await output.truncate(0);
  const error = new SemapError(
    'download-damaged',
    phrase(
      'The downloaded {0} is not the announced file: its {1} differs. It was discarded.',
      file.path,
      file.digest.algorithm === 'sha256' ? 'SHA-256' : phrase('Git hash'),
    ),
    {
      hint: phrase(
        'Try again. If this happens again, the network changes the file: set another mirror or install from a folder.',
      ),
    },
  );
  // A resumed file may be two versions stitched together: from the start, it may well be right.
  throw stitched ? new TransientFailure(error) : error;
}

/** The kept start is of no use: empties it, and says so as a failure that the next attempt mends. */
async function startOver(job: Transfer, output: OpenFile): Promise<TransientFailure> {
  await output.truncate(0);
  return new TransientFailure(
    new SemapError('download-damaged', phrase('Cannot resume the download of {0}.', job.file.path), {
      hint: phrase('Try again.'),
    }),
  );
}

function startHash(file: RemoteFile, work: Work): Hash {
  return startDigest(work, file.digest?.algorithm ?? 'sha256', file.size);
}

async function hashStart(
  output: OpenFile,
  length: number,
  hash: Hash,
  signal: AbortSignal,
  onBytes: OnBytes,
): Promise<void> {
  const buffer = new Uint8Array(Math.min(HASH_CHUNK, length));
  for (let position = 0; position < length; ) {
    throwIfCancelled(signal);
    const { bytesRead } = await output.read(buffer, 0, Math.min(buffer.length, length - position), position);
    if (bytesRead === 0) break;
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  onBytes(length);
}

/** Opens for reading and writing, without emptying what is there. */
async function openPart(part: string, work: Work): Promise<OpenFile> {
  try {
    return await work.files.open(part, 'r+');
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    return work.files.open(part, 'w+');
  }
}

async function etagOf(job: Transfer, work: Work): Promise<string> {
  return (await readJson<PartialState>(job.statePath, work))?.etag ?? '';
}

async function rememberState(job: Transfer, response: Response, work: Work): Promise<void> {
  const etag = response.headers.get('etag') ?? '';
  const state: PartialState = {
    url: job.url,
    size: job.file.size,
    digest: job.digest,
    // Only a strong validator may guard a range (RFC 9110, 13.1.5).
    etag: etag.startsWith('"') ? etag : '',
  };
  await work.files.writeFile(job.statePath, JSON.stringify(state), { flag: 'w' });
}
