import path from 'node:path';
import * as z from 'zod';
import { SemapError } from '../../core/errors.ts';
import { phrase, say } from '../../core/text/text.ts';
import { endedSearch, keepReuse, RECOMMENDED } from '../findReuse.ts';
import { documentFile, OUT_TEXT, writeDocument } from '../newDocument.ts';
import { resumedRun } from '../resumedRun.ts';
import { tool } from '../tool.ts';

export const keepReuseTool = tool({
  name: 'keep_reuse',
  title: phrase('Keep Reuse'),
  description:
    'Writes a way that find_best_reuse found as an alignment document, learned again from all labels, with its head and prompt in files beside it. Use it when the person chose a way, or agreed to the recommended one; classify_images then takes the document.',
  changes: 'documents',
  long: true,
  input: z.object({
    run: z.string().min(1).describe('The run of find_best_reuse, which must be over.'),
    way: z.string().min(1).optional().describe(`Id of a way. Default: ${RECOMMENDED}.`),
    out: z.string().min(1).describe(OUT_TEXT),
  }),
  output: z.object({
    alignment: z.string(),
    way: z.string(),
    name: z.string(),
    files: z.array(z.string()).describe('Beside the document; keep them together.'),
    open: z.string(),
  }),
  doing: ({ way = RECOMMENDED }) => phrase('Learning {0} from all labels', way),
  consent: ({ out }) => phrase('Write the alignment {0}?', out),
  use: async ({ run, way = RECOMMENDED, out }, session) => {
    const { places, link } = session;
    const file = await documentFile(out, session);
    const runFolder = await resumedRun(run, session);
    const record = await endedSearch(runFolder);
    if (!record) {
      throw new SemapError('invalid-argument', phrase('{0} is not a search that is over.', run), {
        hint: phrase('Continue it with find_best_reuse, and the run as resume.'),
      });
    }
    const { id, name, document, files } = await keepReuse(
      { record, runFolder, keep: way, out: file },
      session,
    );
    await writeDocument(file, document, files);
    return {
      alignment: places.shown(file),
      way: id,
      name: say(name),
      files: files.map((one) => path.basename(one.file)),
      open: link({ kind: 'alignment', file }),
    };
  },
});
