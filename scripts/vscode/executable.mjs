#!/usr/bin/env node
/**
 * Stands in for the desktop's `code` where there is only the VS Code from npm: takes the arguments that @vscode/test-electron
 * gives, runs the extension tests in the host of that VS Code, and ends with their code.
 */
import { tsImport } from 'tsx/esm/api';

const { runInHost } = await tsImport('./testHost.ts', import.meta.url);
process.exitCode = await runInHost(process.argv.slice(2));
