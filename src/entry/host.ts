/**
 * `npm start`: the component on this machine, under Node. This file only checks the Node that runs it; everything else is loaded after that, because the
 * component does not compile on an older one.
 */
const NEEDED_MAJOR = 24;

const major = Number(process.versions.node.split('.')[0]);
if (major < NEEDED_MAJOR) {
  console.error(
    `This needs Node ${NEEDED_MAJOR}, and Node ${process.versions.node} runs it. \`npm ci\` installs the right one: start it with \`npm start\`.`,
  );
  process.exit(1);
}
const { main } = await import('./host/main.ts');
await main(process.argv.slice(2));

export {};
