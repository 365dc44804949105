import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Finding, freshSeed, hunt, tryInput } from './hunt.ts';
import { TARGETS } from './targets.ts';

const HELP = `npm run fuzz -- [options]

Tries damaged and hostile inputs on everything that reads what others made.

  --target NAME    one of ${Object.keys(TARGETS).join(', ')};
                   several with commas between them (default: all)
  --seed N         the same seed gives the same inputs (default: another one each time)
  --count N        inputs per target (default: 5000)
  --from N         number of the first input (default: 0)
  --seconds N      time limit of one input (default: 5)
  --workers N      processes at a time (default: 2)
  --out DIR        where failing inputs are saved (default: a folder for temporary files)
  --input FILE     tries this file on one target and nothing else
`;

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: Object.keys(TARGETS).join(',') },
    seed: { type: 'string', default: String(freshSeed()) },
    count: { type: 'string', default: '5000' },
    from: { type: 'string', default: '0' },
    seconds: { type: 'string', default: '5' },
    workers: { type: 'string', default: '2' },
    out: { type: 'string', default: path.join(os.tmpdir(), 'semap-fuzz') },
    input: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const targets = values.target.split(',');
const unknown = targets.find((target) => !Object.hasOwn(TARGETS, target));
if (values.help || unknown !== undefined) {
  if (unknown !== undefined) console.error(`There is no target "${unknown}".\n`);
  console.log(HELP);
  process.exit(unknown === undefined ? 0 : 2);
}

if (values.input !== undefined) {
  const { kind, message } = await tryInput(targets[0], await readFile(values.input), Number(values.seconds));
  console.log(kind === 'fine' ? 'fine' : `${kind}: ${message}`);
  process.exitCode = kind === 'fine' ? 0 : 1;
} else {
  const count = Number(values.count);
  const started = performance.now();
  console.log(`Seed ${values.seed}`);
  const findings = await hunt({
    targets,
    seed: Number(values.seed),
    from: Number(values.from),
    count: () => count,
    workers: Number(values.workers),
    seconds: Number(values.seconds),
    out: values.out,
    tries: 200,
    found: show,
    progress: (target, done, of) => {
      if (done % 500 === 0 || done === of) console.log(`${target}: ${done} of ${of}`);
    },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${findings.length} findings in ${targets.length} targets, ${seconds} s`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

function show({ target, kind, message, repeat, file }: Finding): void {
  console.log(`\n${target}, ${kind}: ${message}\n  ${repeat}${file === undefined ? '' : `\n  ${file}`}\n`);
}
