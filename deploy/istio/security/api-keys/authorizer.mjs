// Checks API keys for Envoy's external authorization. KEYS_FILE holds one caller a line, `SHA-256 of the key in hex, organization, user`, `#` starts a
// comment: whoever can read the file still has no key. Answers 200 and whose key it is, or 403. The file is read again when it changes, so that a
// revoked key ends without a restart.
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { KEYS_FILE = '/etc/mcp-api-keys/keys', PORT = '8080' } = process.env;
/** How old a copy of the file may be. A mounted secret takes a minute to arrive anyway. */
const MAX_AGE_MS = 5_000;
/** What may stand in a header. */
const NAME = /^[A-Za-z0-9._@-]{1,128}$/;

const log = (level, message, more = {}) => process.stdout.write(`${JSON.stringify({ level, message, ...more })}\n`);

let read = { at: Number.NEGATIVE_INFINITY, callers: [] };

function callers() {
  if (performance.now() - read.at < MAX_AGE_MS) return read.callers;
  const lines = readFileSync(KEYS_FILE, 'utf8').split('\n');
  const parsed = lines
    .map((line) =>
      line
        .replace(/#.*/, '')
        .split(',')
        .map((field) => field.trim()),
    )
    .filter(([hash, organization = '', user = '']) => /^[0-9a-f]{64}$/.test(hash) && NAME.test(organization) && NAME.test(user))
    .map(([hash, organization, user]) => ({ hash: Buffer.from(hash, 'hex'), organization, user }));
  read = { at: performance.now(), callers: parsed };
  return parsed;
}

const server = createServer((request, response) => {
  request.resume();
  if (request.url === '/healthz') return response.writeHead(200).end();
  try {
    const hash = createHash('sha256')
      .update(String(request.headers['x-api-key'] ?? ''))
      .digest();
    const caller = callers().find((candidate) => timingSafeEqual(candidate.hash, hash));
    if (caller === undefined) return response.writeHead(403, { 'content-type': 'text/plain' }).end('unknown API key\n');
    return response.writeHead(200, { 'x-organization-id': caller.organization, 'x-user-id': caller.user }).end();
  } catch (error) {
    // Without its keys it can admit nobody.
    log('error', error.message);
    return response.writeHead(503).end();
  }
});
server.listen(Number(PORT), () => log('info', 'listening', { port: server.address().port }));
process.once('SIGTERM', () => server.close());
