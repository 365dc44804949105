import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { CancellationToken } from 'vscode';
import { stage } from '../withFakeVscode.ts';

const { chatModels } = await import('../../../../src/host/alignments/chatModels.ts');

let sent: unknown[];
let tokens: CancellationToken[];
beforeEach(() => {
  sent = [];
  tokens = [];
});

/** A model of VS Code that answers in pieces. */
function fakeModel(...pieces: string[]) {
  return {
    name: 'Fake',
    vendor: 'fake',
    maxInputTokens: 100,
    countTokens: async () => 3,
    sendRequest: async (messages: unknown, options: unknown, token: CancellationToken) => {
      sent.push(messages, options);
      tokens.push(token);
      return {
        text: (async function* () {
          yield* pieces;
        })(),
      };
    },
  };
}

const never = new AbortController().signal;

describe('language models of VS Code', () => {
  it('are none where no extension brings any', async () => {
    stage.models = [];
    assert.deepEqual(await chatModels(), []);
  });

  it('are asked one message, with the reason that VS Code shows, and answer in pieces', async () => {
    stage.models = [fakeModel('{"a": ', '["b"]}')];
    const [model] = await chatModels();
    assert.deepEqual(
      [model.name, model.vendor, model.room, await model.countTokens('x')],
      ['Fake', 'fake', 100, 3],
    );
    assert.equal(await model.ask('What?', 'Because.', 100, never), '{"a": ["b"]}');
    assert.deepEqual(sent, [[{ role: 'user', content: 'What?' }], { justification: 'Because.' }]);
  });

  it('are not listened to for longer than an answer may be, and are told so', async () => {
    stage.models = [fakeModel('12345', '67890', 'never')];
    const [model] = await chatModels();
    assert.equal(await model.ask('What?', '', 8, never), '1234567890');
    assert.equal(tokens[0].isCancellationRequested, true);
  });

  it('are told when the person cancels', async () => {
    stage.models = [fakeModel('one', 'two')];
    const [model] = await chatModels();
    const controller = new AbortController();
    const answer = model.ask('What?', '', 100, controller.signal);
    controller.abort();
    await answer;
    assert.equal(tokens[0].isCancellationRequested, true);
  });
});
