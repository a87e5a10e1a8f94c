import { build, ENGINES, type Engine } from '../../scripts/build.ts';
import { listen, startLocalHost } from '../../src/entry/host/local-host.ts';
import { describeServer } from './suite.ts';

async function start(engine: Engine, env: Readonly<Record<string, string>>) {
  await build({ engines: [engine], typeCheck: false, say: () => {} });
  const host = await startLocalHost({ engine, env, print: () => {}, say: () => {} });
  const server = await listen(host, { host: '127.0.0.1', port: 0 });
  return { url: server.url, close: () => server.close(1000) };
}

for (const engine of ENGINES) {
  describeServer(`the local host, ${engine}`, { start: (options) => start(engine, options), keepsStore: true });
}
