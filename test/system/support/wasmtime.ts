import { toolPath } from '../tools/cache.ts';
import { type Process, startProcess } from './process.ts';
import type { Servers } from './servers.ts';

export interface WasmtimeOptions {
  /** Read by the component through wasi:config. A value may not hold a comma: wasmtime takes that for the next option. */
  readonly config?: Readonly<Record<string, string>>;
  /** Read by the component through wasi:cli; fit for secrets, which do not show in the list of processes. */
  readonly env?: Readonly<Record<string, string>>;
  /** More options of `wasmtime serve`, such as `-O pooling-allocator=y`. */
  readonly args?: readonly string[];
}

/** A component under `wasmtime serve`: a fresh instance a request. */
export interface Wasmtime extends Process {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
}

/** Starts a component. Resolves once it is compiled and the port is open. */
export async function startWasmtime(
  servers: Servers,
  component: string,
  { config = {}, env = {}, args = [] }: WasmtimeOptions = {},
): Promise<Wasmtime> {
  // The key-value store of `wasmtime serve` is its memory, and it knows the empty identifier alone. It listens on loopback, where a test's caller may do everything.
  const anonymous = 'ANONYMOUS_ROLE' in env ? {} : { ANONYMOUS_ROLE: 'admin' };
  const settings = Object.entries({ KEYVALUE_BUCKET: '(empty)', ...anonymous, ...config });
  for (const [name, value] of settings) {
    if (value.includes(',')) throw new Error(`${name} holds a comma, which -S config-var cannot carry: set it in env`);
  }
  const process = await startProcess(servers, {
    command: toolPath('wasmtime'),
    args: [
      ...['serve', '--addr', '127.0.0.1:0', '--no-logging-prefix', '-S', 'cli,http,config,keyvalue'],
      ...settings.flatMap(([name, value]) => ['-S', `config-var=${name}=${value}`]),
      ...Object.keys(env).flatMap((name) => ['--env', name]),
      ...args,
      component,
    ],
    env,
  });
  const [, url] = await process.output(/Serving HTTP on (http:\/\/127\.0\.0\.1:\d+)\//);
  if (url === undefined) throw new Error('wasmtime named no address');
  return { ...process, url };
}
