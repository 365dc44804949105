import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sampleWorkspace } from '../sampleWorkspace.ts';
import { launchBrowser } from './browser.ts';
import { installVsCodeServer } from './install.ts';
import { VsCodeServer } from './server.ts';
import { Workbench } from './workbench.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

export const THEMES = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  contrast: 'Default High Contrast',
  'contrast-light': 'Default High Contrast Light',
} as const;

/** Opens a copy of the sample workspace in a fresh VS Code for as long as `use` takes. */
export async function inSampleWorkspace(
  {
    theme,
    language,
    viewport,
  }: {
    readonly theme: string;
    readonly language?: string | undefined;
    readonly viewport: { readonly width: number; readonly height: number };
  },
  use: (workbench: Workbench) => Promise<void>,
): Promise<void> {
  const scratch = await mkdtemp(path.join(tmpdir(), 'semap-screenshot-'));
  const folder = path.join(scratch, 'sample-workspace');
  await cp(sampleWorkspace, folder, { recursive: true });
  const server = await VsCodeServer.start({
    install: await installVsCodeServer(),
    sources: [root],
    settings: {
      'workbench.colorTheme': theme,
      'window.commandCenter': false,
      // No names of folders of this machine over what is shown.
      'workbench.hover.delay': 60_000,
      'window.title': 'sample-workspace',
    },
    language,
  });
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ viewport, deviceScaleFactor: 1 });
    await use(await Workbench.open({ server, context, folder }));
  } finally {
    await browser.close();
    await server.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}
