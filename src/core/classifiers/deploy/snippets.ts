import { browserSnippet } from './browserSnippet.ts';
import { licenceFiles, type SnippetParts, type TextFile } from './deployedClassifier.ts';
import { nodeSnippet } from './nodeSnippet.ts';
import { pythonSnippet } from './pythonSnippet.ts';

/**
 * Programs that classify images with an exported classifier, each as short as it can be. They take labels from a file of
 * their own, so no text of a label is ever code.
 */
export function snippetFiles(parts: SnippetParts): readonly TextFile[] {
  return [
    { path: 'labels.json', text: `${JSON.stringify(parts.classifier.labels, null, 2)}\n` },
    { path: 'classify.py', text: pythonSnippet(parts) },
    { path: 'classify.mjs', text: nodeSnippet(parts) },
    { path: 'classify.html', text: browserSnippet(parts) },
    ...licenceFiles(parts.classifier),
  ];
}
