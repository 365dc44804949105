import { installDependencies } from './install.mjs';

installDependencies();
const { tsImport } = await import('tsx/esm/api');
const { tour } = await tsImport('./tour.ts', import.meta.url);
await tour({ headless: process.argv.includes('--headless') });
