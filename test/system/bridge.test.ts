import { ENGINES } from '../../scripts/build.ts';
import { bridgeComponent, describeBridge } from '../component/bridge.ts';
import { useServers } from './support/servers.ts';
import { startWasmtime } from './support/wasmtime.ts';

for (const engine of ENGINES) {
  const servers = useServers();
  describeBridge(`wasmtime, ${engine}`, async () => {
    const server = await startWasmtime(servers, await bridgeComponent(engine), { config: { BRIDGE_OPTION: 'from the host' } });
    return { url: server.url, log: server.log, bucket: '', keepsValues: false, close: server.stop };
  });
}
