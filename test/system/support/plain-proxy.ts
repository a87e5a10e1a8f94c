/**
 * A program: `node plain-proxy.ts TARGET CA_FILE` listens on a free loopback port, prints its URL, and passes every request on to TARGET (https) with
 * all its headers, and every answer back as it comes. Wasmtime trusts public CAs only, so it needs plain HTTP in front of the API server; unlike
 * `kubectl proxy` this one adds no rights of its own, so that the caller's token is what RBAC judges. It runs in a process of its own because
 * tests with blocking clients stand still while they wait.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Agent, request } from 'node:https';

const [target, caFile] = process.argv.slice(2);
if (target === undefined || caFile === undefined) throw new Error('usage: node plain-proxy.ts TARGET CA_FILE');

const agent = new Agent({ ca: readFileSync(caFile), keepAlive: true });

const server = createServer((incoming, answer) => {
  const outgoing = request(
    new URL(incoming.url ?? '/', target),
    { agent, method: incoming.method, headers: incoming.headers },
    (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      // Headers at once: a watch may say nothing for a long time.
      answer.flushHeaders();
      response.pipe(answer);
    },
  );
  outgoing.on('error', () => {
    if (!answer.headersSent) answer.writeHead(502);
    answer.end();
  });
  answer.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) console.log(`listening on http://127.0.0.1:${address.port}`);
});
