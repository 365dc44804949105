import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { describe, it } from 'node:test';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { LineTransport } from '../../../src/mcp/lineTransport.ts';

describe('What a client writes', () => {
  /** What is heard of some bytes, and what is answered. */
  const say = async (...parts: readonly (string | Buffer)[]) => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const transport = new LineTransport(input, output);
    const heard: JSONRPCMessage[] = [];
    transport.onmessage = (message) => heard.push(message);
    await transport.start();
    for (const part of parts) input.write(part);
    input.end();
    await finished(input);
    await transport.close();
    const lines = String(output.read() ?? '').trim();
    const answers = lines === '' ? [] : lines.split('\n').map((line) => JSON.parse(line));
    return { heard, answers, refused: answers.map(({ id, error }) => [id, error.code]) };
  };
  const ping = (id: unknown) => JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' });

  it('is heard line by line, however it arrives', async () => {
    const bytes = Buffer.from(`${ping('ä')}\r\n\n${ping(2)}\n`);
    const split = bytes.indexOf(0xc3) + 1;
    const { heard, answers } = await say(bytes.subarray(0, split), bytes.subarray(split));
    assert.deepEqual(
      heard.map((one) => 'id' in one && one.id),
      ['ä', 2],
    );
    assert.deepEqual(answers, []);
  });

  it('is heard one by one where it is a batch', async () => {
    const { heard, refused } = await say(`[${ping(1)},${ping(2)},{"id":3}]\n[]\n`);
    assert.equal(heard.length, 2);
    assert.deepEqual(refused, [
      [3, -32600],
      [null, -32600],
    ]);
  });

  it('is answered where it is no message, so that nobody waits for ever', async () => {
    const deep = 1e6;
    const lines = [
      'garbage',
      'null',
      '{}',
      '{"jsonrpc":"2.0","id":4}',
      '{"jsonrpc":"1.0","id":5,"method":"ping"}',
      ping(1.5),
      ping({}),
      '{"jsonrpc":"2.0","id":8,"method":"x","params":"x"}',
      '{"jsonrpc":"2.0","id":9,"method":"x","params":{"_meta":{"progressToken":{}}}}',
      `{"jsonrpc":"2.0","id":10,"method":5,"params":${'['.repeat(deep)}${']'.repeat(deep)}}`,
      '{"jsonrpc":"2.0","method":"notifications/x","params":1}',
      ping(11),
    ];
    const { heard, refused } = await say(lines.map((line) => `${line}\n`).join(''));
    assert.deepEqual(
      refused.map(([id]) => id),
      [null, null, null, 4, 5, 1.5, null, 8, 9, refused[9][0]],
    );
    assert.deepEqual(refused[0][1], -32700);
    assert.equal(heard.length, 1);
  });

  it('is refused by its id where it is too large, and the next is heard', async () => {
    const long = 'x'.repeat(6 << 20);
    const begin = '{"method":"tools/call","params":{"id":1,"x":"';
    const { heard, refused, answers } = await say(
      ...[begin, long, long, long, '"},"jsonrpc":"2.0","id":77}\n', '{"jsonrpc":"2.0","id":"first","x":"'],
      ...[long, long, long, `"}\n${long}`, long, long, `\n${ping(3)}\n`],
    );
    assert.deepEqual(refused, [
      [77, -32600],
      ['first', -32600],
      [null, -32600],
    ]);
    assert.match(answers[0].error.message, /larger than 16 MB/);
    assert.equal(heard.length, 1);
  });
});
