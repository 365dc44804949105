import { format } from 'node:util';
import { launchBrowser } from './browser.ts';
import { installVsCodeServer } from './install.ts';
import { VsCodeServer } from './server.ts';

const TIMEOUT = 5 * 60_000;

/** Names of environment variables that reach the extension host. */
const PASSED_ON = /^SEMAP_/;

/**
 * Opens a folder in the VS Code from npm with `--extensionDevelopmentPath=` and `--extensionTestsPath=` and waits for the end
 * of the tests. A killed extension host reports 0 too: believe a 0 only together with a result that the tests wrote.
 * @returns the exit code
 */
export async function runInHost(args: readonly string[]): Promise<number> {
  const option = (name: string): string => {
    const found = args.find((arg) => arg.startsWith(`--${name}=`));
    if (!found) throw new Error(`--${name}= is missing.`);
    return found.slice(name.length + 3);
  };
  const folder = args.find((arg) => !arg.startsWith('--'));
  if (!folder) throw new Error('The folder to open is missing.');
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)),
  );

  const server = await VsCodeServer.start({ install: await installVsCodeServer(), testDriver: true });
  try {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      // What the host writes to its console comes here; most of it is VS Code's own.
      await page.exposeFunction('codeAutomationLog', (_type: string, values: readonly unknown[]) => {
        if (process.env['SEMAP_VERBOSE']) console.log(format(...values));
      });
      const ended = new Promise<number>((resolve, reject) => {
        setTimeout(
          () => reject(new Error('The tests in the extension host did not end in time.')),
          TIMEOUT,
        ).unref();
        page.exposeFunction('codeAutomationExit', resolve).catch(reject);
        page.on('crash', () => reject(new Error('The page crashed.')));
      });
      const remote = (file: string): string => `vscode-remote://${new URL(server.url).host}${file}`;
      await page.goto(
        server.open(folder, [
          ['extensionDevelopmentPath', remote(option('extensionDevelopmentPath'))],
          ['extensionTestsPath', remote(option('extensionTestsPath'))],
          ['extensionEnvironment', JSON.stringify(environment)],
          ['skipWelcome', 'true'],
        ]),
      );
      return await ended;
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
}
