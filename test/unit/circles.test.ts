import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

const root = path.resolve(import.meta.dirname, '../..');

const IMPORT = /\b(?:import|export)\b(?:[^;'"`]*?\bfrom)?\s*\(?\s*'(\.[^']+)'/g;

/** Every source file with those that it imports, types too: who reads one must read the other. */
function importsOf(): Map<string, Set<string>> {
  const files = ['src', 'webview'].flatMap((top) =>
    readdirSync(path.join(root, top), { recursive: true, encoding: 'utf8' })
      .map((name) => `${top}/${name.replaceAll(path.sep, '/')}`)
      .filter((name) => name.endsWith('.ts')),
  );
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const found = [...readFileSync(path.join(root, file), 'utf8').matchAll(IMPORT)]
        .map(([, target]) => path.posix.join(path.posix.dirname(file), target!))
        .filter((target) => known.has(target));
      return [file, new Set(found)];
    }),
  );
}

/** `src/core/labels` of a file at any depth in it; a file that is in no such folder stands for itself. */
function roomOf(file: string): string {
  const parts = file.split('/');
  const depth = parts[0] === 'src' ? 3 : 2;
  return parts.length > depth ? parts.slice(0, depth).join('/') : file;
}

/** The graph of rooms, with one import for each arrow. */
function roomsOf(imports: Map<string, Set<string>>): Map<string, Map<string, string>> {
  const rooms = new Map<string, Map<string, string>>();
  for (const [file, targets] of imports) {
    const from = roomOf(file);
    const arrows = rooms.get(from) ?? new Map<string, string>();
    rooms.set(from, arrows);
    for (const target of targets) {
      if (roomOf(target) !== from) arrows.set(roomOf(target), `${file} imports ${target}`);
    }
  }
  return rooms;
}

/** Groups of nodes that reach each other, by Tarjan's algorithm. */
function circlesOf<Node>(graph: Map<Node, Iterable<Node>>): Node[][] {
  const order = new Map<Node, number>();
  const lowest = new Map<Node, number>();
  const stack: Node[] = [];
  const circles: Node[][] = [];
  const visit = (node: Node): number => {
    const place = order.size;
    order.set(node, place);
    lowest.set(node, place);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      const reached = order.has(next) ? (stack.includes(next) ? order.get(next)! : place) : visit(next);
      lowest.set(node, Math.min(lowest.get(node)!, reached));
    }
    if (lowest.get(node) === place) {
      const circle = stack.splice(stack.indexOf(node));
      if (circle.length > 1) circles.push(circle);
    }
    return lowest.get(node)!;
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return circles;
}

describe('No circle of imports', () => {
  const imports = importsOf();

  it('is read from all files', () => {
    assert.ok(imports.size > 300);
    assert.ok(imports.get('src/extension.ts')!.size > 20);
    assert.deepEqual(
      circlesOf(
        new Map([
          [1, [2]],
          [2, [3]],
          [3, [2, 4]],
          [4, []],
        ]),
      ),
      [[2, 3]],
    );
  });

  it('goes between files', () => assert.deepEqual(circlesOf(imports), []));

  it('goes between the rooms of core, engine, host and the pages', () => {
    const rooms = roomsOf(imports);
    const circles = circlesOf(new Map([...rooms].map(([room, arrows]) => [room, arrows.keys()])));
    const why = circles.map((circle) =>
      circle.flatMap((room) =>
        [...rooms.get(room)!].filter(([target]) => circle.includes(target)).map(([, one]) => one),
      ),
    );
    assert.deepEqual(why, []);
  });
});
