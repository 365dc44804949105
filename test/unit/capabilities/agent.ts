import assert from 'node:assert/strict';
import { after } from 'node:test';
import * as z from 'zod';
import { askedTool, useTool } from '../../../src/capabilities/agentDoor.ts';
import { RootedPlaces } from '../../../src/capabilities/places.ts';
import type { Engine, Progress } from '../../../src/capabilities/session.ts';
import { SpareFolder } from '../../../src/capabilities/sessionRuns.ts';
import { TOOLS } from '../../../src/capabilities/tools/tools.ts';
import { say } from '../../../src/core/text/text.ts';

// biome-ignore lint/suspicious/noExplicitAny: what a tool tells is checked against its schema, and looked at by tests.
type Told = any;

/** An agent in one folder. */
export interface Agent {
  /** Uses a tool, and sees to it that what it tells is what its schema says. */
  use(name: string, given?: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<Told>;
  /** What was reported, in English. */
  readonly reported: string[];
}

/** @param options `engine` may not run yet */
export function agentIn(root: string, cacheFolder: string, engine: () => Engine): Agent {
  const spare = new SpareFolder(cacheFolder);
  const reported: string[] = [];
  after(() => spare.remove());
  const call: Engine['call'] = (...args) => engine().call(...args);
  const parts = { engine: { call }, version: '1', uriScheme: 'vscode', spare, mayWrite: true };
  const use: Agent['use'] = async (name, given = {}, signal = new AbortController().signal) => {
    const report = ({ message }: Progress) => {
      const line = say(message);
      // Before it is known how many there are, a line says so.
      assert.doesNotMatch(line, /\b0 of 0\b/);
      reported.push(line);
    };
    const places = new RootedPlaces([root]);
    const { told } = await useTool(askedTool(name, given), parts, { places, signal, report });
    const { output } = TOOLS.find((one) => one.name === name)!;
    output
      .extend({ notes: z.array(z.string()).optional() })
      .strict()
      .parse(told);
    return told;
  };
  return { use, reported };
}
