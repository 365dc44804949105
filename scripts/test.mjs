import { installDependencies } from './install.mjs';

installDependencies();
const { tsImport } = await import('tsx/esm/api');
const { runChecks } = await tsImport('./checks.ts', import.meta.url);
process.exitCode = (await runChecks()) ? 0 : 1;
