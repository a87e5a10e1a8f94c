/** The demo Petstore in a process of its own: the one upstream of all servers that are measured. */
import { serveDemo } from '../../src/adapters/node/demo-server.ts';
import { BASE_PATH, createDemoPetstore } from '../../src/demo/petstore/petstore.ts';

const { url } = await serveDemo(createDemoPetstore());
console.log(`listening on ${url}${BASE_PATH}`);
