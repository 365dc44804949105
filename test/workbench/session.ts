import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before } from 'node:test';
import type { Browser, BrowserContext } from 'playwright-core';
import { build } from '../../scripts/build.ts';
import { packageExtension } from '../../scripts/package.ts';
import { makeSampleWorkspace, sampleImages, sampleWorkspace } from '../../scripts/sampleWorkspace.ts';
import { launchBrowser } from '../../scripts/vscode/browser.ts';
import { installVsCodeServer } from '../../scripts/vscode/install.ts';
import { VsCodeServer } from '../../scripts/vscode/server.ts';
import { WebVsCode } from '../../scripts/vscode/webVsCode.ts';
import { Workbench } from '../../scripts/vscode/workbench.ts';
import { manyImages } from './manyImages.ts';

/** A VS Code with the packaged extension installed, and a browser that opens windows of it. */
export class Session {
  readonly server: VsCodeServer;
  readonly #browser: Browser;
  readonly #scratch: string;
  readonly #contexts: BrowserContext[] = [];
  /** Those of {@link windowOfSuite}. */
  readonly #staying: BrowserContext[] = [];

  private constructor(server: VsCodeServer, browser: Browser, scratch: string) {
    this.server = server;
    this.#browser = browser;
    this.#scratch = scratch;
  }

  /**
   * @param workspaceTrust whether folders begin untrusted, as on a desktop
   * @param language what VS Code is shown in, English without
   */
  static async start(
    settings: Readonly<Record<string, unknown>> = {},
    workspaceTrust = false,
    language?: string,
  ): Promise<Session> {
    const extensions = [await theVsix()];
    const install = await installVsCodeServer();
    const [server, browser] = await Promise.all([
      VsCodeServer.start({ install, extensions, settings, workspaceTrust, language }),
      launchBrowser(),
    ]);
    return new Session(server, browser, await mkdtemp(path.join(tmpdir(), 'semap-flow-')));
  }

  /** A copy of the sample workspace, for one flow to write into. */
  async sample(): Promise<string> {
    const folder = await mkdtemp(path.join(this.#scratch, 'sample-'));
    await cp(sampleWorkspace, folder, { recursive: true });
    return folder;
  }

  /** A workspace with {@link manyImages}. */
  async many(times: number): Promise<string> {
    const folder = await mkdtemp(path.join(this.#scratch, 'many-'));
    await manyImages(folder, times);
    return folder;
  }

  /** A workspace of the given files: a text, or the name of a sample image such as `dog/01-dog.png` to copy. */
  async files(files: Readonly<Record<string, { readonly text: string } | string>>): Promise<string> {
    const folder = await mkdtemp(path.join(this.#scratch, 'files-'));
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      if (typeof content === 'string') await cp(path.join(sampleImages, content), file);
      else await writeFile(file, content.text);
    }
    return folder;
  }

  /** Opens a window of 1400 x 900 pixels. @param stays when a test is over that passed */
  async open(folder: string, stays = false): Promise<Workbench> {
    const context = await this.#browser.newContext({
      viewport: { width: 1400, height: 900 },
      // Packing the 20 MB of a window takes the server longer than sending them does.
      extraHTTPHeaders: { 'accept-encoding': 'identity' },
    });
    context.setDefaultTimeout(90_000);
    (stays ? this.#staying : this.#contexts).push(context);
    return Workbench.open({ server: this.server, context, folder });
  }

  /** Opens a folder in a VS Code with no server behind it, as on vscode.dev, with the extension of the package. */
  async openWeb(folder: string, settings: Readonly<Record<string, unknown>> = {}): Promise<Workbench> {
    const extension = await this.server.extensionFolder('semap.semap');
    const web = await WebVsCode.start({ server: this.server, extension, workspace: folder, settings });
    const context = await this.#browser.newContext({ viewport: { width: 1400, height: 900 } });
    context.setDefaultTimeout(90_000);
    context.on('close', () => void web.stop());
    this.#contexts.push(context);
    return Workbench.openWeb({ web, context });
  }

  /** Closes the windows that a test opened; those that stay, too, when it failed: then there is a picture of each in `out/`. */
  async closeWindows(failed?: string): Promise<void> {
    const closing = this.#contexts.splice(0);
    if (failed !== undefined) closing.push(...this.#staying.splice(0));
    for (const context of closing) {
      if (failed !== undefined) {
        const file = path.join('out', `${failed.replaceAll(/\W+/g, '-')}.png`);
        for (const page of context.pages()) await page.screenshot({ path: file }).catch(() => undefined);
        console.log(`What it looked like: ${file}`);
      }
      await context.close();
    }
  }

  /** Closes those that stayed. */
  async closeStaying(): Promise<void> {
    for (const context of this.#staying.splice(0)) await context.close();
  }

  /** The engine's process ids. */
  async engines(): Promise<readonly number[]> {
    const processes = await this.server.processes();
    return processes.filter(({ command }) => command.startsWith('semap-engine')).map(({ pid }) => pid);
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.server.stop();
    await rm(this.#scratch, { recursive: true, force: true });
  }
}

/** Time for a flow, or a start of VS Code, on a slow machine. */
export const LONG = { timeout: 300_000 };

/** The VS Code of all suites that ask for nothing of their own: a start takes as long as a short flow. */
let shared: Promise<Session> | undefined;

after(async () => (await shared)?.stop());

/**
 * One VS Code for the tests of a suite, started before them; the windows of a test are closed after it, and photographed
 * where it failed.
 *
 * @param start what makes a VS Code of its own, where the suite needs other settings or leaves something behind;
 * without it the suite uses the one that suites share in a process, or a new one after a test that failed
 * @returns what gives the session, inside of tests
 */
export function sessionOfSuite(start?: () => Promise<Session>): () => Session {
  let session: Session;
  before(async () => {
    if (!start) shared ??= Session.start();
    session = await (start ? start() : shared!);
  }, LONG);
  let failed = false;
  afterEach((context) => {
    const passed = 'passed' in context && context.passed === true;
    failed ||= !passed;
    return session.closeWindows(passed ? undefined : context.name);
  });
  after(async () => {
    if (!start && !failed) return session.closeStaying();
    if (!start) shared = undefined;
    await session.stop();
  });
  return () => session;
}

/**
 * One window for tests of a suite that do not see what the ones before them left: a window takes longer to open than most of
 * them take.
 *
 * @param folder what is open in it
 * @returns what gives the window, without editors, questions and notifications; a new one after a test that failed
 */
export function windowOfSuite(
  session: () => Session,
  folder: () => Promise<string>,
): () => Promise<{ readonly workbench: Workbench; readonly folder: string }> {
  let open: { readonly workbench: Workbench; readonly folder: string } | undefined;
  return async () => {
    if (open && !open.workbench.page.isClosed()) {
      await open.workbench.clear();
      return open;
    }
    const made = await folder();
    open = { workbench: await session().open(made, true), folder: made };
    return open;
  };
}

let vsix: Promise<string> | undefined;

/** The package that `npm test` has made, or one that is made now, once a test file. */
function theVsix(): Promise<string> {
  const made = process.env['SEMAP_VSIX'];
  if (made) return Promise.resolve(made);
  vsix ??= (async () => {
    await build();
    await makeSampleWorkspace();
    return packageExtension();
  })();
  return vsix;
}
