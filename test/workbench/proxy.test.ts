import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { TestHub } from '../unit/core/downloads/testHub.ts';
import { tinyClip } from '../unit/engine/encoders/tinyEncoders.ts';
import { LONG, Session, sessionOfSuite } from './session.ts';

/** No machine has this name: only the proxy can reach it. */
const HOST = 'hub.invalid';

describe("a hub behind VS Code's proxy", () => {
  let hub: TestHub;
  let proxy: Server;
  const tunnels: string[] = [];
  before(async () => {
    hub = await new TestHub('Xenova/clip-vit-base-patch32', tinyClip()).start();
    proxy = createServer();
    proxy.on('connect', (request, socket) => {
      tunnels.push(request.url!);
      // The hub itself, and its CDN by its own address.
      const [host, port] = request.url!.startsWith(HOST)
        ? ['127.0.0.1', new URL(hub.endpoint).port]
        : request.url!.split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const end of [upstream, socket]) end.on('error', () => end.destroy());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  }, LONG);
  const session = sessionOfSuite(() =>
    Session.start({
      'semap.hubMirror': `http://${HOST}`,
      'http.proxy': `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    }),
  );
  after(async () => {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
    await hub.stop();
  });

  test('is asked through the proxy', LONG, async () => {
    const workbench = await session().open(await session().files({ 'a.txt': { text: '' } }));
    await workbench.runCommand('SeMap: Manage Text Encoders');
    await workbench.pick('Install Text Encoder');
    await workbench.pick('CLIP ViT-B/32 text tower');
    const offer = workbench.page.locator('.quick-input-list .monaco-list-row');
    await offer.filter({ hasText: /^Download \d+ kB/ }).click();
    await workbench.notification(/is installed/).waitFor();
    assert.ok(tunnels.includes(`${HOST}:80`), tunnels.join(', '));
  });
});
