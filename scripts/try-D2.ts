import { writeFileSync } from 'node:fs';
import { launchBrowser } from './vscode/browser.ts';
import { installVsCodeServer } from './vscode/install.ts';
import { VsCodeServer } from './vscode/server.ts';
import { Workbench } from './vscode/workbench.ts';

const browser = await launchBrowser();
const install = await installVsCodeServer();
for (const theme of [
  'Default Dark Modern',
  'Default Light Modern',
  'Default High Contrast',
  'Default High Contrast Light',
]) {
  const server = await VsCodeServer.start({
    install,
    testDriver: true,
    settings: { 'workbench.colorTheme': theme },
  } as never);
  try {
    const context = await browser.newContext({ viewport: { width: 1000, height: 700 } });
    const w = await Workbench.open({ server, context, folder: '/tmp/D2/ws', extensionFolder: '/tmp/D2/ext' });
    await w.runCommand('Dump Variables Now');
    const page = await w.webview('#o');
    const text = await page.locator('#o').textContent();
    writeFileSync(`/tmp/D2/theme-${theme.replace(/ /g, '')}.json`, text ?? '');
    console.log(theme, text?.length);
    await context.close();
  } finally {
    await server.stop();
  }
}
await browser.close();
