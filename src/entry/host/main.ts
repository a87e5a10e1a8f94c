import { setTimeout as wait } from 'node:timers/promises';
import { build } from '../../../scripts/build.ts';
import { HELP, type HostArguments, parseArguments } from './arguments.ts';
import { type LocalHost, listen, startLocalHost } from './local-host.ts';
import { onParentGone } from './parent.ts';
import { serveStdio } from './stdio.ts';
import { watchAndRestart } from './watch.ts';

/** How long the ready line waits for the first graph, so that the first question is answered; a large cluster takes longer. */
const FIRST_GRAPH_MS = 10_000;

/** How long requests may go on after Ctrl-C. */
const GRACE_MS = 5_000;

/** A signal that comes so long after the first is a person's second, not an echo of it. */
const IMPATIENT_MS = 500;

const LOOPBACK: readonly string[] = ['127.0.0.1', 'localhost', '::1'];

const isLoopback = ({ host, stdio }: HostArguments) => stdio || LOOPBACK.includes(host);

/** The program behind `npm start`. Ends the process itself, with 0 when it was asked to stop. */
export async function main(args: readonly string[]): Promise<void> {
  const parsed = parseArguments(args, process.env);
  if (parsed.tag === 'help') {
    process.stdout.write(HELP);
    return;
  }
  if (parsed.tag === 'wrong') {
    console.error(parsed.problem);
    process.exit(2);
  }
  if (parsed.arguments.watch) {
    await watchAndRestart(args.filter((arg) => arg !== '--watch'));
    return;
  }
  try {
    await start(parsed.arguments);
  } catch (error) {
    console.error(`mesh-mcp does not start: ${messageOf(error, parsed.arguments)}`);
    process.exit(1);
  }
}

async function start(args: HostArguments): Promise<void> {
  const say = (line: string) => console.error(line);
  await build({ engines: [args.engine], typeCheck: false, say });
  const host = await startLocalHost({
    engine: args.engine,
    env: process.env,
    print: args.quiet ? () => {} : (bytes) => process.stderr.write(bytes),
    say,
    store: args.store,
    cluster: args.cluster,
    prometheus: args.prometheus,
    collect: args.collect,
    writes: args.writes,
    // Other machines are not this user's to speak for.
    anonymousRole: isLoopback(args) ? 'admin' : 'viewer',
    lively: true,
  });
  if (args.stdio) await overStdio(host);
  else await overHttp(host, args);
}

async function overHttp(host: LocalHost, args: HostArguments): Promise<void> {
  const server = await listen(host, args).catch(async (error: unknown) => {
    await host.close(0);
    throw error;
  });
  if (!isLoopback(args)) {
    console.error(
      `Warning: ${args.host} can be reached from other machines. ANONYMOUS_ROLE decides what their users may do (they may read, where it is not set), ALLOWED_HOSTS which names this server answers to.`,
    );
  }
  const example = `curl -s ${server.url}/v1/mcp -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' -d '{"jsonrpc":"2.0","id":1,"method":"tools/list"}'`;
  onStop(() => server.close(GRACE_MS));
  await Promise.race([host.collected, wait(FIRST_GRAPH_MS, undefined, { ref: false })]);
  // In one piece: who waits for the first line has both.
  console.log(`mesh-mcp is ready: ${server.url}/v1/mcp${shown(host.remarks)}\n${example}`);
}

async function overStdio(host: LocalHost): Promise<void> {
  console.error(`mesh-mcp is ready on standard input and output${shown(host.remarks)}`);
  const served = serveStdio({ input: process.stdin, output: process.stdout, run: (request, sink) => host.pool.run(request, sink) });
  onStop(() => host.close(GRACE_MS));
  await served;
  await host.close(GRACE_MS);
  process.exit(0);
}

function shown(remarks: readonly string[]): string {
  return remarks.length === 0 ? '' : ` (${remarks.join(', ')})`;
}

/**
 * Ctrl-C and SIGTERM end the program in order; another one a while later ends it at once. Not at once the second: npm passes on what the terminal has sent to
 * this process already.
 */
function onStop(stop: () => Promise<void>): void {
  let askedAt: number | undefined;
  const handle = () => {
    const now = performance.now();
    if (askedAt !== undefined) {
      if (now - askedAt > IMPATIENT_MS) process.exit(130);
      return;
    }
    askedAt = now;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', handle);
  process.on('SIGTERM', handle);
  onParentGone(handle);
}

function messageOf(error: unknown, { port, host }: HostArguments): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `port ${port} is in use. Stop what uses it, or take another: npm start -- --port ${port + 1}`;
  if (code === 'EACCES') return `this user may not listen on port ${port}. Take one above 1023: npm start -- --port 8000`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `${host} is no address of this machine. Take another: npm start -- --host 127.0.0.1`;
  return error instanceof Error ? error.message : String(error);
}
