import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { at, list, map } from '../deploy/istio/manifests.ts';
import { chartFolder, helm, objectsOf } from './support/helm.ts';
import { useServers } from './support/servers.ts';

const DEPLOY = readFileSync(fileURLToPath(new URL('../../docs/deploy.md', import.meta.url)), 'utf8');
const servers = useServers();

/** The example values of docs/deploy.md in a file. */
function production(): string {
  const [, values = ''] = /```yaml\n(# production\.yaml[\s\S]*?)```/.exec(DEPLOY) ?? [];
  const file = join(servers.folder(), 'production.yaml');
  // The chart refuses the name that stands for the reader's own.
  writeFileSync(file, values.replace('OWNER', 'acme'));
  return file;
}

it('the values of docs/deploy.md are values of the chart, for each runtime and as its commands give them', async () => {
  const file = production();
  const render = (...more: readonly string[]) =>
    helm(['template', 'mesh-mcp', chartFolder('mesh-mcp'), '--namespace', 'mesh-mcp', '--values', file, ...more]);
  const cosmonic = objectsOf(await render());
  expect(cosmonic.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['HTTPTrigger', 'PodMonitor', 'PrometheusRule', 'NetworkPolicy', 'Server']),
  );
  expect(objectsOf(await render('--set', 'runtime=wasmcloud')).map(({ kind }) => kind)).toContain('WorkloadDeployment');
  const [, gitops = ''] = /helm template (.*) \| kubectl apply/.exec(DEPLOY) ?? [];
  const more = gitops.split(' ').slice(gitops.split(' ').indexOf('--no-hooks'));
  const rendered = await render(...more.map((word) => (word === 'production.yaml' ? file : word)));
  // With a Secret of one's own none is made for the ticker, so that each render is the same.
  expect(rendered).toContain('mesh-mcp-collect-token');
  expect(rendered).toBe(await render(...more.map((word) => (word === 'production.yaml' ? file : word))));
});

it('and the component takes the options that come of them', async () => {
  const [trigger] = objectsOf(await helm(['template', 'mesh-mcp', chartFolder('mesh-mcp'), '--values', production()])).filter(
    ({ kind }) => kind === 'HTTPTrigger',
  );
  const component = at(trigger, 'spec', 'template', 'spec', 'components', 0, 'localResources');
  const options = map(component, 'environment', 'config');
  const config = parseConfig({ get: (name) => (options[name] === undefined ? undefined : String(options[name])) });
  expect(config.roles.length).toBe(3);
  expect(list(component, 'allowedHosts')).toContain('https://auth.example.com');
});
