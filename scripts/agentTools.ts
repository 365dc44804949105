import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { TOOLS } from '../src/capabilities/tools/tools.ts';
import { manifestEntry, titles } from '../src/host/agents/manifestTools.ts';
import { agentToolsPage } from './agentToolsPage.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** Writes the tools for language models into package.json, their titles into package.nls.json, and their page in docs/. */
export async function writeAgentTools(): Promise<void> {
  const manifest = path.join(root, 'package.json');
  const read = JSON.parse(await readFile(manifest, 'utf8'));
  read.contributes.languageModelTools = TOOLS.map(manifestEntry);
  await writeFile(manifest, `${JSON.stringify(read, null, 2)}\n`);
  const texts = path.join(root, 'package.nls.json');
  const said = JSON.parse(await readFile(texts, 'utf8'));
  const kept = Object.entries(said).filter(([key]) => !key.startsWith('tool.'));
  await writeFile(texts, `${JSON.stringify({ ...Object.fromEntries(kept), ...titles(TOOLS) }, null, 2)}\n`);
  await writeFile(path.join(root, 'docs', 'reference', 'agent-tools.md'), agentToolsPage(TOOLS));
}
