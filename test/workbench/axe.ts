import axe from 'axe-core';
import type { FrameLocator } from 'playwright-core';

/**
 * What axe-core finds wrong with a page, a line each.
 * @param behind theme color of what the page, which is transparent, lies upon: axe sees no further than the page
 */
export async function violationsOf(frame: FrameLocator, behind: string): Promise<readonly string[]> {
  const html = frame.locator('html');
  await html.evaluate((root, place) => {
    root.style.backgroundColor = getComputedStyle(root).getPropertyValue(`--vscode-${place}-background`);
  }, behind);
  // As an expression: the page's policy lets no script in.
  if (!(await html.evaluate(() => 'axe' in window))) await html.evaluate(`(() => { ${axe.source}; })()`);
  const { violations: found } = await html.evaluate(async () => {
    const { axe: run } = window as unknown as { axe: typeof axe };
    return run.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
  });
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html: element, failureSummary = '' }) => {
      const why = failureSummary.split('\n').slice(1, 3).join(' ').trim();
      return `${id}: ${help}: ${element.slice(0, 200)} (${why})`;
    }),
  );
}
