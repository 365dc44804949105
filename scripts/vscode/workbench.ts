import type { BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';
import type { VsCodeServer } from './server.ts';
import type { WebVsCode } from './webVsCode.ts';

export interface OpenOptions {
  readonly server: VsCodeServer;
  readonly context: BrowserContext;
  readonly folder: string;
  /** Loads the extension of this folder from source; the server needs `testDriver`. */
  readonly extensionFolder?: string;
}

/** A VS Code window in the browser, driven as a person would: keys, clicks, menus. */
export class Workbench {
  readonly page: Page;
  /** What the page wrote to its console, and its uncaught errors. */
  readonly console: readonly string[];

  private constructor(page: Page, log: readonly string[]) {
    this.page = page;
    this.console = log;
  }

  static open({ server, context, folder, extensionFolder }: OpenOptions): Promise<Workbench> {
    const payload: [string, string][] = [['skipWelcome', 'true']];
    if (extensionFolder) {
      payload.push([
        'extensionDevelopmentPath',
        `vscode-remote://${new URL(server.url).host}${extensionFolder}`,
      ]);
    }
    return Workbench.#at(server.open(folder, payload), context);
  }

  /** A window that no server is behind. */
  static openWeb({ web, context }: { web: WebVsCode; context: BrowserContext }): Promise<Workbench> {
    return Workbench.#at(web.url, context);
  }

  static async #at(url: string, context: BrowserContext): Promise<Workbench> {
    await context.addInitScript(trustServiceWorker);
    const page = await context.newPage();
    const log: string[] = [];
    page.on('console', (message) => log.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => log.push(`uncaught: ${error.message}`));
    await page.goto(url);
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 60_000 });
    return new Workbench(page, log);
  }

  /**
   * Runs a command by its full title from the palette. A palette that was opened before the extension was registered says
   * "No matching commands" for ever, and F1 is sometimes swallowed: so it is closed and opened again until the row is there.
   */
  async runCommand(title: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input').first();
    const row = this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first();
    for (let attempt = 0; attempt < 30; attempt++) {
      await this.page.keyboard.press('F1');
      const opened = await succeeds(input.waitFor({ state: 'visible', timeout: 2000 }));
      // A palette that lost the focus in the meantime is closed again.
      const filled = opened && (await succeeds(input.fill(`>${title}`, { timeout: 2000 })));
      if (filled) {
        const found = await succeeds(row.waitFor({ state: 'visible', timeout: 1500 }));
        if (found && (await succeeds(row.click({ timeout: 3000 })))) return;
      }
      await this.page.keyboard.press('Escape');
    }
    throw new Error(`The palette has no command "${title}".`);
  }

  /** Closes what asks for something, all editors and the notifications. Nothing may be unsaved. */
  async clear(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.runCommand('View: Close All Editors');
    await this.runCommand('Notifications: Clear All Notifications');
    await this.page.locator('.tab').first().waitFor({ state: 'detached' });
  }

  /**
   * Picks a row of the quick pick that is open, by text it contains. What VS Code says of the row under the pointer may
   * cover the one that is wanted: so the pointer is put where no row is.
   */
  async pick(text: string | RegExp): Promise<void> {
    const row = this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first();
    await row.waitFor();
    for (let attempt = 0; attempt < 10; attempt++) {
      await this.page.mouse.move(1, 1);
      if (await succeeds(row.click({ timeout: 5000 }))) return;
    }
    await row.click();
  }

  /** Classifies a folder of the Explorer as it is proposed: the form that asks is left by Enter on what starts. */
  async classify(
    folder: string,
    item = 'Zero-Shot Classify',
    start: string | RegExp = 'Start Classifying',
  ): Promise<void> {
    await this.explorerMenu(folder, item);
    await this.pick(start);
  }

  /** Waits until the results page in view says that its run is over. @param text that it shows then */
  async classified(text: string | RegExp = ''): Promise<void> {
    const done = '[data-testid="results-page"][data-phase="done"]';
    const page = await this.webview(done, 180_000);
    await page.locator(done).filter({ hasText: text }).waitFor();
  }

  /** Answers the input box with the given title. The box before it may still be closing: so it waits for its own. */
  async answer(title: string, text: string): Promise<void> {
    const box = this.page.locator('.quick-input-widget').filter({ hasText: title });
    await box.locator('input:visible').fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Presses the OK button of a quick pick that allows many. */
  async acceptPick(): Promise<void> {
    await this.page.locator('.quick-input-widget .quick-input-action .monaco-button').first().click();
  }

  explorerRow(name: string): Locator {
    return this.page
      .locator('.explorer-folders-view .monaco-list-row')
      .filter({ has: this.page.locator('.label-name', { hasText: new RegExp(`^${escapeRegExp(name)}$`) }) });
  }

  /**
   * Opens a file of the Explorer, once the extension's editors are known: its icon in the activity bar came with them. A row
   * that is drawn anew between the two clicks swallows them: so it is tried again.
   */
  async openFromExplorer(name: string): Promise<void> {
    await this.page.locator('.activitybar [aria-label="SeMap"]').first().waitFor({ state: 'attached' });
    const tab = this.page.locator('.tab.active', { hasText: name });
    for (let attempt = 0; attempt < 10; attempt++) {
      await this.explorerRow(name).dblclick();
      if (await succeeds(tab.waitFor({ timeout: 5000 }))) return;
    }
    throw new Error(`${name} does not open from the Explorer.`);
  }

  /** Right-clicks a file or folder of the Explorer and chooses a menu item. */
  async explorerMenu(name: string, item: string): Promise<void> {
    const row = this.explorerRow(name).first();
    const entry = this.page
      .locator('.context-view .monaco-menu .action-item')
      .filter({ hasText: item })
      .first();
    for (let attempt = 0; attempt < 20; attempt++) {
      await row.click({ button: 'right' });
      const found = await succeeds(entry.waitFor({ state: 'visible', timeout: 2000 }));
      // Rows move while files come and go: the menu may be that of another one.
      if (found && /\bfocused\b/.test((await row.getAttribute('class')) ?? '')) {
        // A menu that has just opened ignores the mouse for a moment, lest the right-click's release chooses an item.
        await this.page.waitForTimeout(150);
        await entry.click();
        await entry.waitFor({ state: 'hidden', timeout: 5000 });
        return;
      }
      await this.page.keyboard.press('Escape');
    }
    throw new Error(`The menu of "${name}" has no item "${item}".`);
  }

  /** Chooses an item of the `...` in the title of the active editor. */
  async editorMenu(item: string): Promise<void> {
    const group = this.page.locator('.editor-group-container.active');
    await this.#menuItem(group.locator('.title .codicon-toolbar-more').first(), item);
  }

  /** Opens a menu by its button until it has the item: it grows while extensions are read. */
  async #menuItem(button: Locator, item: string): Promise<void> {
    const entry = this.page
      .locator('.context-view .monaco-menu .action-item')
      .filter({ hasText: item })
      .first();
    for (let attempt = 0; attempt < 20; attempt++) {
      await button.click();
      if (await succeeds(entry.waitFor({ state: 'visible', timeout: 2000 }))) {
        // A menu that has just opened ignores the mouse for a moment.
        await this.page.waitForTimeout(150);
        return entry.click();
      }
      await this.page.keyboard.press('Escape');
    }
    throw new Error(`The menu has no item "${item}".`);
  }

  /** Drags the edge between the side bar and the editor. */
  async resizeSideBar(width: number): Promise<void> {
    const sideBar = await this.page.locator('.part.sidebar').boundingBox();
    if (!sideBar) throw new Error('The side bar is hidden.');
    const y = sideBar.y + sideBar.height / 2;
    await this.page.mouse.move(sideBar.x + sideBar.width, y);
    await this.page.mouse.down();
    await this.page.mouse.move(sideBar.x + width, y, { steps: 5 });
    await this.page.mouse.up();
  }

  /** The content of the webview that shows `inside`, wherever it is: editor, side bar or panel. */
  async webview(inside: string, timeout = 90_000): Promise<FrameLocator> {
    const deadline = Date.now() + timeout;
    for (;;) {
      for (const outer of await this.page.locator('iframe.webview').all()) {
        const frame = outer.contentFrame().frameLocator('#active-frame');
        const visible = await frame
          .locator(inside)
          .first()
          .isVisible()
          .catch(() => false);
        if (visible) return frame;
      }
      if (Date.now() > deadline) throw new Error(`No webview shows ${inside}.`);
      await this.page.waitForTimeout(100);
    }
  }

  /** The error notifications that are visible. */
  errors(): Locator {
    return this.page.locator(
      '.notifications-toasts .notification-toast:has(.notification-list-item-icon.codicon-error)',
    );
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-toast').filter({ hasText: text });
  }

  /** Text of the status bar item that contains `text`. */
  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text });
  }
}

/**
 * A served VS Code asks Chrome to update its service worker before it fills a webview, and Chrome does that when it has
 * nothing else to do: while a progress bar moves, the page stays blank for up to a minute. A fresh browser has nothing to
 * update.
 */
function trustServiceWorker(): void {
  const { ServiceWorkerRegistration } = globalThis as unknown as {
    ServiceWorkerRegistration?: { prototype: { update: () => Promise<unknown> } };
  };
  if (!ServiceWorkerRegistration) return;
  ServiceWorkerRegistration.prototype.update = function () {
    return Promise.resolve(this);
  };
}

function succeeds(waiting: Promise<unknown>): Promise<boolean> {
  return waiting.then(
    () => true,
    () => false,
  );
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
