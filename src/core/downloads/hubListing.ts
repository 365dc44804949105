import { invalidArgument, SemapError } from '../errors.ts';
import { phrase, type TextValue } from '../text/text.ts';
import { type Digest, isSafeRelativePath, type RemoteFile, type Work } from './environment.ts';
import {
  connectionFailure,
  fetchOnce,
  htmlInstead,
  statusFailure,
  TransientFailure,
  withRetries,
} from './requests.ts';

/** The Hugging Face hub itself; a mirror answers the same paths. */
const HUB_ENDPOINT = 'https://huggingface.co';

/** A repository on a hub. */
export interface HubRepository {
  /** Origin (and path prefix) of the hub or mirror, without a trailing slash. */
  readonly endpoint: string;
  /** `owner/name`. */
  readonly repo: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

/** What a repository holds, at one commit where the hub tells it. */
export interface HubListing {
  readonly repository: HubRepository;
  readonly files: readonly RemoteFile[];
}

const MAX_PAGES = 20;

/** `endpoint` as typed by a person: http or https, no trailing slash, no query. @throws {SemapError} invalid-argument */
export function parseEndpoint(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return HUB_ENDPOINT;
  const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw invalidArgument(phrase('"{0}" is not a hub address.', trimmed), {
      hint: phrase('Enter an address such as {0}.', HUB_ENDPOINT),
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** `owner/name`, also as pasted from a browser. @throws {SemapError} invalid-argument */
export function parseRepo(text: string): string {
  const path = text.trim().replace(/^https?:\/\/[^/]+\//, '');
  const match = /^([\w-][\w.-]*)\/([\w-][\w.-]*)(?:\/|$)/.exec(path);
  if (!match || path.includes('..')) {
    throw invalidArgument(phrase('"{0}" is not a repository name.', text.trim()), {
      hint: phrase('Enter owner/name, such as {0}.', 'Xenova/clip-vit-base-patch32'),
    });
  }
  return `${match[1]}/${match[2]}`;
}

/** Where a file of a repository is downloaded from. */
export function fileUrl(repository: HubRepository, path: string): string {
  const { endpoint, repo, revision } = repository;
  return `${endpoint}/${repo}/resolve/${encodeURIComponent(revision)}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/**
 * The files of a repository with sizes and digests, pinned to one commit, so that a download that is resumed next week
 * does not mix two versions. Mirrors without the listing API are asked for each of `candidates` by HEAD.
 * @throws {SemapError} not-found, network-failed, download-damaged, cancelled
 */
export async function listRepository(
  repository: HubRepository,
  candidates: readonly string[],
  work: Work,
): Promise<HubListing> {
  const pinned = await pinRevision(repository, work);
  if (pinned) {
    const files = await listTree(pinned, work);
    if (files) return { repository: pinned, files };
  }
  const files = await probeFiles(repository, candidates, work);
  if (files.length === 0) throw statusFailure(repository.endpoint, 404, repository.repo) as SemapError;
  return { repository, files };
}

/** The commit behind a revision; undefined when the endpoint does not offer the API. */
async function pinRevision(repository: HubRepository, work: Work): Promise<HubRepository | undefined> {
  const { endpoint, repo, revision } = repository;
  const answer = await fetchJson(
    `${endpoint}/api/models/${repo}/revision/${encodeURIComponent(revision)}`,
    repo,
    work,
  );
  const sha = (answer?.value as { sha?: unknown } | undefined)?.sha;
  return typeof sha === 'string' && /^[0-9a-f]{40}$/.test(sha) ? { ...repository, revision: sha } : undefined;
}

async function listTree(repository: HubRepository, work: Work): Promise<RemoteFile[] | undefined> {
  const { endpoint, repo, revision } = repository;
  const files: RemoteFile[] = [];
  let url: string | undefined = `${endpoint}/api/models/${repo}/tree/${revision}?recursive=true`;
  for (let page = 0; url !== undefined && page < MAX_PAGES; page++) {
    const answer = await fetchJson(url, phrase('the file list of {0}', repo), work);
    if (!answer || !Array.isArray(answer.value)) return undefined;
    for (const entry of answer.value) {
      const file = treeEntry(entry);
      if (file) files.push(file);
    }
    url = nextPage(answer.link, url);
  }
  return files;
}

/** One entry of the tree API: `{ type, path, size, oid, lfs?: { oid, size } }`. */
function treeEntry(entry: unknown): RemoteFile | undefined {
  const { type, path, size, oid, lfs } = (entry ?? {}) as {
    type?: unknown;
    path?: unknown;
    size?: unknown;
    oid?: unknown;
    lfs?: { oid?: unknown; size?: unknown };
  };
  const bytes = lfs?.size ?? size;
  if (type !== 'file' || typeof path !== 'string' || !isSafeRelativePath(path)) return undefined;
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0) return undefined;
  const digest = parseDigest(typeof lfs?.oid === 'string' ? lfs.oid : oid);
  return { path, size: bytes, digest };
}

/** A SHA-256 or a Git blob id, as the hub writes it in `oid`, `ETag` and `X-Linked-ETag`. */
function parseDigest(text: unknown): Digest | undefined {
  if (typeof text !== 'string') return undefined;
  const hex = text
    .replace(/^W\//, '')
    .replaceAll('"', '')
    .replace(/^sha256:/, '')
    .toLowerCase();
  if (/^[0-9a-f]{64}$/.test(hex)) return { algorithm: 'sha256', hex };
  if (/^[0-9a-f]{40}$/.test(hex)) return { algorithm: 'git-sha1', hex };
  return undefined;
}

/** The `rel="next"` of a Link header, on the same origin only. */
function nextPage(link: string | null, from: string): string | undefined {
  const target = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? '')?.[1];
  if (target === undefined) return undefined;
  const url = new URL(target, from);
  return url.origin === new URL(from).origin ? url.href : undefined;
}

/** Size and digest by HEAD. The hub answers a large file with a redirect that carries `X-Linked-Size` and `-ETag`. */
async function probeFiles(
  repository: HubRepository,
  candidates: readonly string[],
  work: Work,
): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  for (const path of candidates) {
    const url = fileUrl(repository, path);
    const file = await withRetries(work, async () => {
      let response = await fetchOnce(url, { method: 'HEAD', redirect: 'manual' }, work);
      const linked = Number(response.headers.get('x-linked-size') ?? Number.NaN);
      const digest = parseDigest(response.headers.get('x-linked-etag') ?? response.headers.get('etag'));
      if (Number.isSafeInteger(linked)) return { path, size: linked, digest };
      if (response.status === 0 || (response.status >= 300 && response.status < 400)) {
        response = await fetchOnce(url, { method: 'HEAD', redirect: 'follow' }, work);
      }
      if (response.status === 404 || response.status === 401) return undefined;
      const failure = statusFailure(url, response.status, path);
      if (failure) throw failure;
      if (isHtml(response)) throw htmlInstead(url, path);
      const length = Number(response.headers.get('content-length') ?? Number.NaN);
      if (!Number.isSafeInteger(length)) return undefined;
      return { path, size: length, digest };
    });
    if (file) files.push(file);
  }
  return files;
}

/** A JSON answer; undefined where the endpoint has no such API (404, or a page instead). */
async function fetchJson(
  url: string,
  what: TextValue,
  work: Work,
): Promise<{ value: unknown; link: string | null } | undefined> {
  return withRetries(work, async () => {
    const response = await fetchOnce(url, { headers: { accept: 'application/json' } }, work);
    if (response.status === 404 || (response.ok && isHtml(response))) {
      await response.body?.cancel();
      return undefined;
    }
    const failure = statusFailure(url, response.status, what);
    if (failure) {
      await response.body?.cancel();
      throw failure;
    }
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      throw connectionFailure(url, error);
    }
    try {
      return { value: JSON.parse(text) as unknown, link: response.headers.get('link') };
    } catch (error) {
      throw new TransientFailure(
        new SemapError('download-damaged', phrase('Cannot read {0}: the answer is not valid JSON.', what), {
          hint: phrase('Try again, or set another mirror.'),
          cause: error,
        }),
      );
    }
  });
}

function isHtml(response: Response): boolean {
  return /^text\/html\b/i.test(response.headers.get('content-type') ?? '');
}
