// A process that speaks the RPC's wire format as the engine does, and misbehaves as its environment says.
const mode = process.env.FAKE_ENGINE ?? '';
const send = (message) => process.connected && process.send(message, () => {});

if (mode === 'dies-at-start') {
  process.stderr.write('native module not found\n');
  process.exit(3);
}
if (mode === 'ignores-stop') {
  setInterval(() => {}, 1000);
} else {
  process.on('disconnect', () => process.exit(0));
}

process.on('message', ({ kind, id, method, params }) => {
  if (kind === 'cancel') {
    if (mode !== 'ignores-cancel') send({ kind: 'ok', id, value: { cancelled: true } });
    return;
  }
  if (kind !== 'call') return;
  if (method === 'start') {
    if (mode === 'never-ready') return;
    if (mode === 'refuses') {
      send({ kind: 'error', id, error: { reason: 'device-failed', message: 'No provider works.' } });
      return;
    }
    const device = {
      provider: 'cpu',
      name: `${params.threads} threads${params.crashes ? `, crashed ${params.crashes}` : ''}`,
      why: { key: 'a fake', values: [] },
    };
    send({ kind: 'ok', id, value: { pid: process.pid, onnxruntime: '0.0.0', device } });
  } else if (method === 'classify' && mode === 'loads-long') {
    send({
      kind: 'call',
      id: 1,
      method: 'slowLoad',
      params: { backbone: 'net.onnx', file: '/m/net.onnx', seconds: 30 },
    });
  } else if (method === 'classify') {
    send({ kind: 'progress', id, value: { done: 1, total: 2 } });
    if (mode === 'answers') send({ kind: 'ok', id, value: { images: 2 } });
    if (mode === 'dies-in-run') {
      process.stderr.write('about to die\n');
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 20);
    }
  } else if (method === 'listClasses') {
    send({ kind: 'ok', id, value: [{ label: params.folder, images: 1 }] });
  }
});
