import { t } from '../common/language.ts';
import type { MenuEntry } from '../common/menu.ts';

/** What the menu of images does with them. */
interface MenuSource {
  open(image: number): void;
  reveal(image: number): void;
  copyPaths(images: readonly number[]): void;
  /** Shows the weightiest cell that decided an image. */
  showDecidingCell(image: number): void;
  export(images: readonly number[]): void;
  addExpectation(about: { readonly image: number }): void;
}

/** What it does with the gallery around them. */
interface Surroundings {
  openLarge(): void;
  filterByLabel(): void;
  selectAll(): void;
}

/** Of the images that the menu is about, those whose label an agent gave. */
interface OfAgents {
  readonly images: readonly number[];
  confirm(images: readonly number[]): void;
  remove(images: readonly number[]): void;
}

/** How the key of commands is written. */
const COMMAND = navigator.userAgent.includes('Mac') ? '⌘' : 'Ctrl+';

/**
 * The entries of the menu of an image.
 * @param selected the images that it is about where it is about several, that one among them
 * @param agents what becomes of labels that agents gave
 * @param around absent where the image is seen large
 */
export function galleryMenu(
  image: number,
  selected: readonly number[],
  source: MenuSource,
  agents: OfAgents,
  around: Surroundings | undefined,
): readonly MenuEntry[] {
  const several = selected.length > 1;
  const entries: readonly (MenuEntry | undefined)[] = [
    around && {
      title: t('Open in Large View'),
      key: 'Z',
      testId: 'menu-large',
      run: () => around.openLarge(),
    },
    { title: t('Open Image'), testId: 'menu-open', run: () => source.open(image) },
    { title: t('Show Cell'), key: 'M', testId: 'menu-cell', run: () => source.showDecidingCell(image) },
    'separator',
    {
      title: several ? t('Copy {0} Paths', selected.length) : t('Copy Path'),
      key: `${COMMAND}C`,
      testId: 'menu-copy',
      run: () => source.copyPaths(selected),
    },
    { title: t('Reveal in Explorer'), testId: 'menu-reveal', run: () => source.reveal(image) },
    'separator',
    ...ofAgents(agents),
    {
      title: t('Add Expectation...'),
      testId: 'menu-expectation',
      run: () => source.addExpectation({ image }),
    },
    'separator',
    around && {
      title: t('Filter by This Label'),
      testId: 'menu-filter',
      run: () => around.filterByLabel(),
    },
    around && {
      title: t('Select All'),
      key: `${COMMAND}A`,
      testId: 'menu-all',
      run: () => around.selectAll(),
    },
    several
      ? {
          title: t('Export Selected...'),
          testId: 'menu-export',
          run: () => source.export(selected),
        }
      : undefined,
  ];
  const shown = entries.filter((entry) => entry !== undefined);
  return shown.at(-1) === 'separator' ? shown.slice(0, -1) : shown;
}

function ofAgents({ images, confirm, remove }: OfAgents): readonly MenuEntry[] {
  if (images.length === 0) return [];
  const several = images.length > 1;
  return [
    {
      title: several ? t('Confirm {0} Labels of Agents', images.length) : t('Confirm Label of Agent'),
      testId: 'menu-confirm',
      run: () => confirm(images),
    },
    {
      title: several ? t('Remove {0} Labels of Agents', images.length) : t('Remove Label of Agent'),
      testId: 'menu-remove',
      run: () => remove(images),
    },
    'separator',
  ];
}
