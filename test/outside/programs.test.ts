import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lacking, type Machine } from './programs.ts';

/** A machine that has these programs, and gets others by `install`. */
function machine(has: string[], install?: () => void): Machine {
  return {
    has: (program) => has.includes(program),
    imports: (module) => has.includes(`python ${module}`),
    install: () => {
      install?.();
      return install !== undefined;
    },
  };
}

const wanted = { programs: ['redis-server'], packages: ['redis-server'], python: ['yaml'] };
const quiet = () => {};

test('programs that are there are not installed', () => {
  const never = () => assert.fail('installed');
  assert.equal(lacking(wanted, machine(['redis-server', 'python yaml'], never), quiet), false);
});

test('a package is installed for a program that is not there', () => {
  const has = ['python yaml'];
  assert.equal(
    lacking(
      wanted,
      machine(has, () => has.push('redis-server')),
      quiet,
    ),
    false,
  );
});

test('a test is skipped with what it lacks, and what would bring it', () => {
  assert.equal(
    lacking(wanted, machine(['python yaml']), quiet),
    'redis-server not found. On Debian, install redis-server.',
  );
  assert.equal(
    lacking(
      wanted,
      machine(['redis-server'], () => {}),
      quiet,
    ),
    "Python's yaml not found, and redis-server could not be installed.",
  );
});

test('what brings too much is used where it is, and not installed', () => {
  const large = { ...wanted, isLarge: true } as const;
  assert.equal(lacking(large, machine(['redis-server', 'python yaml']), quiet), false);
  const never = () => assert.fail('installed');
  assert.match(String(lacking(large, machine(['python yaml'], never), quiet)), /^redis-server not found/);
});
