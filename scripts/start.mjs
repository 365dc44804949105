import { parseArgs } from 'node:util';
import { installDependencies } from './install.mjs';

installDependencies();
const { tsImport } = await import('tsx/esm/api');
const { tour } = await tsImport('./tour.ts', import.meta.url);
const { values } = parseArgs({
  options: { headless: { type: 'boolean' }, language: { type: 'string' } },
});
await tour(values);
