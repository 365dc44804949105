import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Locator } from 'playwright-core';
import { launchBrowser } from '../../scripts/vscode/browser.ts';
import { installVsCodeServer } from '../../scripts/vscode/install.ts';
import { VsCodeServer } from '../../scripts/vscode/server.ts';
import { Workbench } from '../../scripts/vscode/workbench.ts';
import {
  beginAgain,
  scrollSteadily,
  untilFull,
  type Watched,
  watched,
  watchGalleries,
} from './galleryWatch.ts';
import { makePhotographs } from './photographs.ts';
import { startOfRates } from './rates.ts';

/*
 * npm run bench:gallery [-- --photographs FOLDER]
 *
 * How fast the results page in a VS Code, in Chromium, shows 200 photographs of 12 megapixels: when it is opened, while it is
 * scrolled by a screen a second and by jumps, and after the window was reloaded. Asked: first pictures within 1 s, and no
 * tile that is seen without its picture for more than .3 s. Pictures come anew each time: the page that had them is closed.
 * Beside that, the processor time of the engine and of the extension host: times by the clock need a quiet machine.
 * --photographs keeps them there with what the run said, or takes what is there. Needs the build (dist/) and the test data. Linux.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');
/** Photographs that are made, and files of each. */
const MADE = 50;
const COPIES = 4;
const GALLERY = '[data-testid="results-gallery"]';

const { values: options } = parseArgs({ options: { photographs: { type: 'string' } } });

async function main(): Promise<void> {
  const work = await mkdtemp(path.join(os.tmpdir(), 'semap-bench-'));
  const workspace = options.photographs ?? path.join(work, 'workspace');
  const install = await installVsCodeServer();
  await fill(path.join(workspace, 'photographs'));
  const classified = existsSync(path.join(workspace, '.semap'));
  const server = await VsCodeServer.start({ install, sources: [root] });
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    await watchGalleries(context);
    const workbench = await Workbench.open({ server, context, folder: workspace });
    const { page } = workbench;
    const used = new Used(server);

    // The extension is not there before something of it is asked for.
    if (classified) await workbench.runCommand('SeMap: Focus on Runs View');
    else {
      await workbench.classify('photographs');
      await workbench.classified();
      // What a run does when it is over ends before.
      await page.waitForTimeout(3000);
    }
    const reopen = async (): Promise<Locator> => {
      await workbench.runCommand('View: Close All Editors');
      await page.waitForTimeout(3000);
      await used.begin();
      await workbench.runCommand('SeMap: Show Results');
      return galleryOf(workbench);
    };
    let gallery = await reopen();
    await opened('opened', gallery, used);
    await scrolled('a screen a second', gallery, used, () => scrollSteadily(gallery, 1, 100));
    await scrolled('and back', gallery, used, () => scrollSteadily(gallery, 1, -100));

    gallery = await reopen();
    await untilFull(gallery);
    await page.waitForTimeout(3000);
    await scrolled('End', gallery, used, async () => {
      await gallery.locator('[data-testid="results-tile"]').first().focus();
      await page.keyboard.press('End');
    });
    await scrolled('dragged by 3 screens', gallery, used, () => scrollSteadily(gallery, 10, -3));

    await Promise.all([
      page.waitForEvent('framenavigated', (frame) => frame === page.mainFrame()),
      workbench.runCommand('Developer: Reload Window'),
    ]);
    await page.locator('.monaco-workbench').waitFor();
    await used.begin();
    gallery = await galleryOf(workbench);
    await opened('after a reload', gallery, used);
    await scrolled('a screen a second', gallery, used, () => scrollSteadily(gallery, 1, 100));
  } finally {
    await browser.close();
    await server.stop();
    await rm(work, { recursive: true, force: true });
  }
}

/** Many files of few photographs, each with a comment of its own. */
async function fill(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) return;
  const source = path.join(data, 'images/caltech101');
  const classes = (await readdir(source)).sort().slice(0, MADE / 5);
  const sources: string[] = [];
  for (const name of classes) {
    const files = (await readdir(path.join(source, name))).sort().slice(0, 5);
    sources.push(...files.map((file) => path.join(source, name, file)));
  }
  const halves = [sources.filter((_, i) => i % 2 === 0), sources.filter((_, i) => i % 2 === 1)];
  await Promise.all(halves.map((half) => makePhotographs(half, folder, 4000, 3000)));
  for (const file of sources) {
    const { dir, base } = path.parse(
      path.join(folder, path.basename(path.dirname(file)), path.basename(file)),
    );
    const bytes = await readFile(path.join(dir, base));
    for (let copy = 1; copy < COPIES; copy++) {
      const comment = Buffer.from([0xff, 0xfe, 0, 3, copy]);
      await writeFile(
        path.join(dir, `${copy}-${base}`),
        Buffer.concat([bytes.subarray(0, 2), comment, bytes.subarray(2)]),
      );
    }
  }
}

async function galleryOf(workbench: Workbench): Promise<Locator> {
  return (await workbench.webview(GALLERY)).locator(GALLERY);
}

async function opened(what: string, gallery: Locator, used: Used): Promise<void> {
  const seen = await untilFull(gallery);
  const after = (at: number | undefined) => `${((at ?? Number.NaN) - seen.visible!).toFixed(0)} ms`;
  console.log(
    `${what}: the first of ${seen.seen} tiles with its picture after ${after(seen.first)} (asked: 1000), all after ${after(seen.all)}; ${await used.by(seen.pictures)}`,
  );
}

async function scrolled(
  what: string,
  gallery: Locator,
  used: Used,
  scroll: () => Promise<void>,
): Promise<void> {
  await beginAgain(gallery);
  await used.begin();
  await scroll();
  // A jump is seen by the next frame.
  await gallery.page().waitForTimeout(200);
  await untilFull(gallery);
  const seen = await watched(gallery);
  console.log(`${what}: ${gapsOf(seen)}; ${await used.by(seen.pictures)}`);
}

function gapsOf({ gaps, frame }: Watched): string {
  const sorted = [...gaps].sort((a, b) => b - a);
  const longest = (sorted[0] ?? 0).toFixed(0);
  const half = (sorted[sorted.length >> 1] ?? 0).toFixed(0);
  const long = gaps.filter((gap) => gap > 300).length;
  return `longest without a picture ${longest} ms (asked: 300), ${gaps.length} tiles for half of them ${half} ms, ${long} for more than 300; longest frame ${frame.toFixed(0)} ms`;
}

/** Processor time of what makes thumbnails and of what brings them. */
class Used {
  readonly #server: VsCodeServer;
  #before = new Map<number, number>();

  constructor(server: VsCodeServer) {
    this.#server = server;
  }

  async begin(): Promise<void> {
    const processes = await this.#server.processes();
    this.#before = new Map(processes.map(({ pid }) => [pid, startOfRates(pid).used.cpu]));
  }

  async by(pictures: number): Promise<string> {
    const processes = await this.#server.processes();
    const of = (named: (command: string) => boolean) =>
      processes
        .filter(({ command }) => named(command))
        .reduce((sum, { pid }) => sum + startOfRates(pid).used.cpu - (this.#before.get(pid) ?? 0), 0);
    const engine = of((command) => command.startsWith('semap-engine'));
    const host = of((command) => command.includes('type=extensionHost'));
    const each = (time: number) => (time / Math.max(1, pictures)).toFixed(1);
    return `${pictures} pictures, core-ms for each: engine ${each(engine)}, extension host ${each(host)}`;
  }
}

await main();
