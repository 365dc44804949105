import type { ResultsViewApi } from '../../src/protocol/resultsView.ts';
import type { Connection } from '../common/connection.ts';
import type { GallerySource } from './galleryTab.ts';
import { ImageLooks } from './imageLooks.ts';

/**
 * What the gallery has of the extension host.
 * @param shown the number of the run that is shown, and what asks how images are exported
 */
export function gallerySource(
  host: Connection<ResultsViewApi, object>['host'],
  shown: { readonly run: () => number; readonly exportImages: (images: readonly number[]) => void },
): GallerySource {
  const { run, exportImages } = shown;
  return {
    thumbnail: (image, size, signal) => host.call('thumbnail', { run: run(), image, size }, { signal }),
    names: (from, to) => host.call('names', { run: run(), from, to }),
    namesOf: (images) => host.call('namesOf', { run: run(), images }),
    find: (names) => host.call('find', { run: run(), names }),
    looks: async () => new ImageLooks(await host.call('looks', { run: run() })),
    evidence: (image) => host.call('evidence', { run: run(), image }),
    open: (image) => void host.call('open', { run: run(), image }),
    reveal: (image) => void host.call('reveal', { run: run(), image }),
    rememberTileSize: (tileSize) => void host.call('rememberTileSize', { tileSize }),
    copyPaths: (images) => void host.call('copyPaths', { run: run(), images }),
    showCell: (image, source, target) => void host.call('showCell', { run: run(), image, source, target }),
    showDecidingCell: (image) => void host.call('showCell', { run: run(), image }),
    export: exportImages,
    addExpectation: (about) => void host.call('addExpectation', { run: run(), ...about }),
    labelling: {
      givens: (from, to) => host.call('givens', { run: run(), from, to }),
      give: (params) => host.call('give', { run: run(), ...params }),
      undo: (redo) => host.call('undoLabels', { run: run(), redo }),
      changeKey: (label, keys) => void host.call('changeKey', { run: run(), label, keys }),
      addLabel: (label) => host.call('addLabel', { run: run(), label }),
      renameLabel: (label) => host.call('renameLabel', { run: run(), label }),
      mergeLabel: (label) => host.call('mergeLabel', { run: run(), label }),
    },
  };
}
