import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ENGINES, type Engine } from '../../scripts/build.ts';
import { ROOT } from '../../scripts/wit.ts';
import { loadComponent } from '../../src/adapters/node/component.ts';
import { memoryStore } from '../../src/adapters/node/memory-store.ts';
import { InstancePool } from '../../src/adapters/node/pool.ts';
import { type BridgeHost, bridgeComponent, describeBridge } from '../component/bridge.ts';
import { serveOverHttp } from './support/serve.ts';

async function start(engine: Engine): Promise<BridgeHost> {
  const bytes = await readFile(await bridgeComponent(engine));
  const component = await loadComponent(bytes, path.join(ROOT, 'dist/host'), '', () => {});
  let log = '';
  const take = (text: string) => {
    log += text;
  };
  const store = memoryStore();
  const pool = await InstancePool.start({
    component,
    config: new Map([['BRIDGE_OPTION', 'from the host']]),
    store,
    print: (printed) => take(Buffer.from(printed).toString()),
    say: (line) => take(`${line}\n`),
  });
  const server = await serveOverHttp(pool);
  return { url: server.url, log: () => log, bucket: 'bridge-keys', keepsValues: true, close: () => server.close() };
}

for (const engine of ENGINES) describeBridge(`the local host, ${engine}`, () => start(engine));
