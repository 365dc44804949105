import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { ensureChrome } from '../../scripts/vscode/browser.ts';

/*
 * npm run bench:grid [-- SIZE]
 *
 * The alignment page as it is shipped (dist/webview, see npm run build) in headless Chromium with SIZE x SIZE labels
 * (1,000), all sources shown, in a window of 1,200 x 800.
 *   first paint   from the similarities' arrival in the page to the frame that shows them
 *   scroll, zoom  time between frames, without a limit on the frame rate: median and 95th percentile
 *   heap          JavaScript with its buffers, after collecting garbage
 * Ends with 1 when a figure is above what the issue asks: 150 ms, 16 and 33 ms, 60 MB.
 */

const SIZE = Number(process.argv[2] ?? 1000);
const LIMITS = { firstPaint: 150, median: 16, p95: 33, heap: 60 };
const FRAMES = 150;

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = path.join(root, 'dist', 'webview');
if (!existsSync(path.join(pages, 'alignment.js'))) throw new Error('Build first: npm run build');

/** Stands for the extension host: answers what the page asks, with `size` x `size` similarities. */
function actAsHost(size: number): void {
  const targets = Array.from({ length: size }, (_, t) => ({
    label: `target label ${t}`,
    expected: 'good',
    sources: [{ label: `source label ${t}`, index: t, weight: t % 3 === 0 ? 0.4 : 1, similarity: 0.9 }],
  }));
  const document = {
    version: 1,
    backbone: { name: 'bench', sha256: 'x', labelSpace: 'bench', sourceCount: size },
    method: { name: 'semap', similarity: 'wordnet' },
    aggregation: { kind: 'log-mean-exp', alpha: 1 },
    targets,
  };
  const values = new Float32Array(size * size);
  for (let i = 0; i < values.length; i++) values[i] = ((i * 2654435761) % 1000) / 1000;
  const view = {
    sources: Array.from({ length: size }, (_, s) => ({ name: `source label ${s}` })),
    values,
    treeOrder: Uint32Array.from({ length: size }, (_, s) => (s * 7) % size),
  };
  const state = {
    kind: 'ready',
    place: 'editor',
    revision: 1,
    meaning: 1,
    name: 'bench.semap.json',
    uri: 'file:///bench.semap.json',
    document,
  };
  const bench = { arrived: 0, painted: 0 };
  Object.assign(window, { bench });
  // The first frame that draws cells after the data came.
  const { drawImage, fillRect } = CanvasRenderingContext2D.prototype;
  const drawn = () => {
    if (bench.arrived === 0 || bench.painted !== 0) return;
    bench.painted = -1;
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = () => {
      bench.painted = performance.now();
    };
    port1.postMessage(null);
  };
  CanvasRenderingContext2D.prototype.drawImage = function (this: unknown, ...args: unknown[]) {
    drawn();
    return Reflect.apply(drawImage, this, args);
  } as never;
  CanvasRenderingContext2D.prototype.fillRect = function (...args: Parameters<typeof fillRect>) {
    if (args[2] > 1) drawn();
    return Reflect.apply(fillRect, this, args);
  };
  interface Call {
    readonly page: string;
    readonly body: { readonly kind: string; readonly id: number; readonly method: string };
  }
  const answer = ({ page, body: { kind, id, method } }: Call) => {
    if (kind !== 'call') return;
    const send = (body: unknown) => window.postMessage({ page, body });
    if (method === 'watch') send({ kind: 'progress', id, value: state });
    else if (method === 'similarities') {
      bench.arrived = performance.now();
      send({ kind: 'ok', id, value: { kind: 'view', view } });
    } else if (method !== 'commands') send({ kind: 'ok', id, value: undefined });
  };
  Object.assign(window, {
    acquireVsCodeApi: () => ({
      postMessage: (message: Call) => setTimeout(() => answer(message)),
      getState: () => ({ all: true, order: 'tree', search: '' }),
      setState: () => {},
    }),
  });
}

const HTML = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>bench</title>
<link rel="stylesheet" href="/alignment.css"><style>
html { --vscode-font-family: sans-serif; --vscode-font-size: 13px; --vscode-foreground: #ccc;
  --vscode-sideBar-background: #1e1e1e; --vscode-descriptionForeground: #aaa; --vscode-focusBorder: #07c;
  --vscode-semap-heat0: #20262e; --vscode-semap-heat1: #2b4762; --vscode-semap-heat2: #366895;
  --vscode-semap-heat3: #4289c8; --vscode-semap-heat4: #4daafc; --vscode-semap-mapped: #fff; }
body { background: #1e1e1e; }</style></head><body class="vscode-dark"><main></main>
<script type="module" src="/alignment.js"></script></body></html>`;

/** Serves the page from an origin of its own; isolated, or its memory could not be measured. */
async function open(page: Page): Promise<void> {
  const types: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css' };
  await page.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url());
    const headers = {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    };
    if (pathname === '/') {
      await route.fulfill({ body: HTML, contentType: 'text/html', headers });
      return;
    }
    const file = path.join(pages, path.basename(pathname));
    if (!existsSync(file)) await route.fulfill({ status: 404, headers });
    else {
      const contentType = types[path.extname(file)] ?? 'application/octet-stream';
      await route.fulfill({ body: await readFile(file), contentType, headers });
    }
  });
  // The loader of TypeScript names functions with a helper that a page does not have.
  await page.addInitScript('globalThis.__name = (made) => made');
  await page.addInitScript(actAsHost, SIZE);
  await page.goto('http://localhost/');
}

/** Milliseconds between frames while something moves. */
function frames(page: Page, motion: 'scroll' | 'zoom'): Promise<readonly number[]> {
  return page.evaluate(
    ([kind, count]) =>
      new Promise<number[]>((resolve) => {
        const scroller = window.document.querySelector<HTMLElement>('.semap-grid-scroller')!;
        const { left, top } = scroller.getBoundingClientRect();
        const times: number[] = [];
        let last = performance.now();
        const step = (n: number) => {
          const now = performance.now();
          if (n > 0) times.push(now - last);
          last = now;
          if (n === count) {
            resolve(times);
            return;
          }
          if (kind === 'scroll') scroller.scrollBy({ left: 23, top: 61, behavior: 'instant' });
          else {
            // Out until the whole grid is seen, and in again.
            const deltaY = n < Number(count) / 2 ? 100 : -100;
            const at = { clientX: left + 500, clientY: top + 400 };
            scroller.dispatchEvent(
              new WheelEvent('wheel', { ...at, deltaY, ctrlKey: true, bubbles: true, cancelable: true }),
            );
          }
          requestAnimationFrame(() => step(n + 1));
        };
        requestAnimationFrame(() => step(0));
      }),
    [motion, FRAMES] as const,
  );
}

async function heapMegabytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  return page.evaluate(async () => {
    const measured = performance as Performance & {
      measureUserAgentSpecificMemory(): Promise<{ readonly bytes: number }>;
    };
    return (await measured.measureUserAgentSpecificMemory()).bytes / 2 ** 20;
  });
}

function quantile(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(share * (times.length - 1))];
}

const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const browser = await chromium.launch({
  executablePath: ensureChrome(),
  args: ['--disable-gpu', '--disable-frame-rate-limit', '--disable-gpu-vsync', ...sandbox],
});
let missed = 0;
const report = (name: string, value: number, limit: number, unit: string) => {
  if (value > limit) missed++;
  console.log(
    `${name.padEnd(22)} ${value.toFixed(1).padStart(8)} ${unit}  (at most ${limit})${value > limit ? '  MISSED' : ''}`,
  );
};
try {
  const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
  page.on('pageerror', (error) => console.error(error));
  await open(page);
  const firstPaint = await page.waitForFunction(() => {
    const { bench } = window as unknown as { bench: { arrived: number; painted: number } };
    return bench.painted > 0 ? bench.painted - bench.arrived : undefined;
  });
  console.log(`${SIZE} x ${SIZE} cells in Chromium ${browser.version()}`);
  report('first paint', Number(await firstPaint.jsonValue()), LIMITS.firstPaint, 'ms');
  for (const motion of ['scroll', 'zoom'] as const) {
    const times = await frames(page, motion);
    report(`${motion}, median`, quantile(times, 0.5), LIMITS.median, 'ms');
    report(`${motion}, 95th percentile`, quantile(times, 0.95), LIMITS.p95, 'ms');
  }
  report('heap', await heapMegabytes(page), LIMITS.heap, 'MB');
} finally {
  await browser.close();
}
process.exitCode = missed > 0 ? 1 : 0;
