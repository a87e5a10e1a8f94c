import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveDemo } from '../../../src/adapters/node/demo-server.ts';
import { demoPrometheus } from '../../../src/demo/prometheus/api.ts';
import { demoSeries } from '../../../src/demo/prometheus/metrics.ts';
import { scrapeConfig } from '../../../src/demo/prometheus/scrape.ts';
import { toolPath } from '../tools/cache.ts';
import type { Servers } from './servers.ts';
import { type StoreServer, startStoreServer } from './store-server.ts';

/** How often it scrapes; and a window of rates for which that is often enough. */
const SCRAPE_INTERVAL = '1s';
export const SCRAPED_WINDOW = '6s';

/**
 * Starts a real Prometheus that scrapes every proxy of the sample cluster, each from an address of its own of an emitter that exposes what the proxy would, with the
 * relabelling of linkerd-viz. Resolves once it answers; its first rates are there two scrapes later.
 */
export async function startPrometheus(servers: Servers): Promise<StoreServer> {
  const emitter = await serveDemo(demoPrometheus());
  servers.add({ name: 'the proxies’ metrics', log: () => '', stop: () => emitter.close() });
  const config = join(servers.folder(), 'prometheus.json');
  writeFileSync(config, scrapeConfig(demoSeries(), new URL(emitter.url).host, { interval: SCRAPE_INTERVAL }));
  return startStoreServer(servers, {
    command: toolPath('prometheus'),
    args: (port, folder) => [...['--config.file', config, '--storage.tsdb.path', folder], `--web.listen-address=127.0.0.1:${port}`],
    ready: /Server is ready to receive web requests/,
    url: (port) => `http://127.0.0.1:${port}`,
  });
}
