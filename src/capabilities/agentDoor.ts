import { SemapError, toSemapError } from '../core/errors.ts';
import { escapeHidden } from '../core/text/plainText.ts';
import { phrase, shorten, verbatim } from '../core/text/text.ts';
import { agentNotes } from './agentNotes.ts';
import { openLink } from './openLink.ts';
import { type Picture, WithPictures } from './picture.ts';
import type { AgentSession, Engine, Places, Session } from './session.ts';
import { SessionRuns, type SpareFolder } from './sessionRuns.ts';
import type { AskedTool } from './tool.ts';
import { TOOLS } from './tools/tools.ts';

/** What a door through which agents come has for all of their calls. */
export interface DoorParts {
  readonly engine: Engine;
  readonly version: string;
  /** Of the VS Code that links open: `vscode`. */
  readonly uriScheme: string;
  readonly spare: SpareFolder;
  /** Whether runs may be kept among those of their folders. */
  readonly mayWrite: boolean;
}

/** What it has for one of them. */
export interface AgentCall extends Pick<Session, 'signal' | 'report'> {
  readonly places: Places;
}

/**
 * The tool that an agent asks for, with its input checked.
 * @throws {SemapError} `invalid-argument`
 */
export function askedTool(name: string, given: unknown): AskedTool {
  const tool = TOOLS.find((one) => one.name === name);
  if (!tool) throw new SemapError('invalid-argument', phrase('There is no tool "{0}".', name));
  return tool.asked(given);
}

/** What came of a tool. */
export interface UsedTool {
  /** Its result, with notes of what else the agent should know. */
  readonly told: Readonly<Record<string, unknown>>;
  /** What the model gets to see. */
  readonly pictures: readonly Picture[];
}

/**
 * Uses a tool for an agent.
 * @throws {SemapError}
 */
export async function useTool(
  asked: AskedTool,
  { engine, version, uriScheme, spare, mayWrite }: DoorParts,
  { places, signal, report }: AgentCall,
): Promise<UsedTool> {
  const notes = agentNotes();
  const runs = new SessionRuns(places, { spare, mayWrite });
  const session: AgentSession = {
    engine,
    version,
    places,
    signal,
    report,
    note: notes.note,
    ways: {
      labels: phrase('Name them in the parameter labels.'),
      layout: phrase('The parameter layout changes it.'),
      balanced: verbatim('balanced'),
    },
    newRun: (kind, images) => runs.newRun(kind, images),
    runOf: (named) => runs.folderOf(named),
    link: (opened) => openLink(uriScheme, opened),
  };
  const used = await asked.use(session);
  const { result, pictures } = used instanceof WithPictures ? used : new WithPictures(used, []);
  const told = { ...result, ...(notes.all.length > 0 && { notes: notes.all }) };
  return { told: shortened(told) as UsedTool['told'], pictures };
}

/** Of a text of an answer; paths and links are shorter. What was asked comes back in some answers. */
const LONGEST_TEXT = 8000;

/** An answer with every text in it at a length that somebody reads. */
function shortened(value: unknown): unknown {
  if (typeof value === 'string') return shorten(value, LONGEST_TEXT);
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shortened(one)]));
}

/** What an agent is told of a failure: what failed, what to do, and the reason by its name. */
export function failureText(error: unknown): string {
  const { reason, message, hint } = toSemapError(error);
  return `${escapeHidden(hint ? `${message} ${hint}` : message)} (${reason})`;
}
