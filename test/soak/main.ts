import { parseArgs } from 'node:util';
import { soakKills } from './kills.ts';
import { soakOrphans } from './orphans.ts';

const HELP = `npm run soak -- [options]

Kills semap commands at random moments, and looks what is lost, half done or alive afterwards.
Build first: npm run build.

  --tries N     kills of every kind (default: 20)
  --seed N      the same seed gives the same kinds, moments and signals (default: another one each time)
  --only NAMES  kinds, with commas between them: classify, csv, align, train, "backbones add", eviction,
                "two at once", "two trainings", orphans (default: all)
`;

const { values } = parseArgs({
  options: {
    tries: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(HELP);
else {
  const tries = Number(values.tries);
  const seed = Number(values.seed);
  const kinds = values.only?.split(',');
  console.log(`${tries} tries of every kind, seed ${seed}`);
  const problems = await soakKills({ tries, seed, kinds, log: console.log });
  if (!kinds || kinds.includes('orphans')) {
    problems.push(...(await soakOrphans({ tries, seed, log: console.log })));
  }
  console.log(`\n${problems.length} problems${problems.map((problem) => `\n${problem}`).join('')}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
