import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ClusterAccess, kubeconfigFiles, openKubeconfig } from '../../../src/entry/host/kubeconfig.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'mesh-mcp-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string, mode = 0o600): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text, { mode });
  return file;
}

interface Parts {
  readonly cluster?: string;
  readonly user?: string;
  readonly current?: string;
}

/** A kubeconfig with the contexts `home` and `work`, which share cluster and user. Both parts are YAML in flow style. */
function kubeconfig({
  cluster = '{server: "https://api.example:6443"}',
  user = '{token: hush-hush}',
  current = 'home',
}: Parts = {}): string {
  return `
apiVersion: v1
kind: Config
current-context: ${current}
clusters: [{name: here, cluster: ${cluster}}]
users: [{name: me, user: ${user}}]
contexts:
- {name: home, context: {cluster: here, user: me}}
- {name: work, context: {cluster: here, user: me}}
- {name: broken, context: {cluster: there, user: me}}
`;
}

async function open(files: readonly string[], context?: string): Promise<ClusterAccess> {
  const access = await openKubeconfig(files, context);
  onTestFinished(() => access.close());
  return access;
}

const headersOf = async (access: ClusterAccess) => (await access.authorize()).headers;

describe('where a kubeconfig lies', () => {
  it('is what was named, else KUBECONFIG, else the home folder', () => {
    const env = { KUBECONFIG: `/a${path.delimiter}${path.delimiter}/b`, HOME: '/home/ann' };
    expect(kubeconfigFiles('/named', env)).toEqual(['/named']);
    expect(kubeconfigFiles(undefined, env)).toEqual(['/a', '/b']);
    expect(kubeconfigFiles(undefined, { HOME: '/home/ann' })).toEqual(['/home/ann/.kube/config']);
    expect(kubeconfigFiles(undefined, { KUBECONFIG: '', HOME: '/home/ann' })).toEqual(['/home/ann/.kube/config']);
  });
});

describe('a context', () => {
  it('is the one that was named, else the current one', async () => {
    const file = write('config', kubeconfig());
    expect((await open([file], 'work')).context).toBe('work');
    const access = await open([file]);
    expect(access.context).toBe('home');
    expect(access.url.href).toBe('https://api.example:6443/');
    expect(await headersOf(access)).toEqual({ Authorization: 'Bearer hush-hush' });
  });

  it('that is not there is told with those that are, by their names alone', async () => {
    const error = await openKubeconfig([write('config', kubeconfig())], 'hme').catch((thrown: Error) => thrown);
    expect(error).toEqual(new Error('the kubeconfig has no context named hme. It has: home, work, broken.'));
  });

  it('must be named where none is the current one', async () => {
    const file = write('config', kubeconfig({ current: '""' }));
    await expect(openKubeconfig([file])).rejects.toThrow('choose one with --context. It has: home, work, broken.');
    await expect(openKubeconfig([write('empty', '{}')])).rejects.toThrow('It has none.');
  });

  it('must be whole', async () => {
    await expect(openKubeconfig([write('config', kubeconfig())], 'broken')).rejects.toThrow('names a cluster or a user that');
    const file = write('ftp', kubeconfig({ cluster: '{server: "ftp://api"}' }));
    await expect(openKubeconfig([file])).rejects.toThrow('no http or https address');
  });
});

describe('a file', () => {
  it('that is absent or no kubeconfig is told by its name, and nothing in it is quoted', async () => {
    await expect(openKubeconfig([path.join(folder, 'absent')])).rejects.toThrow(
      /there is no kubeconfig .*absent: name one with --kubeconfig/,
    );
    await expect(openKubeconfig([folder])).rejects.toThrow('cannot be read (EISDIR)');
    for (const text of ['token: hush-hush\n\t- [', 'users: [{user: {token: hush-hush}}]', 'hush-hush', '']) {
      const error = await openKubeconfig([write('bad', text)]).catch((thrown: Error) => thrown);
      expect(String(error), text).toMatch(/bad is no kubeconfig|has no current context/);
      expect(String(error)).not.toContain('hush');
    }
  });

  it('adds to those before it, and may be absent beside others', async () => {
    const first = write('1/config', kubeconfig({ current: '""' }));
    const second = write(
      '2/config',
      `
current-context: far
clusters: [{name: here, cluster: {server: "https://other"}}, {name: there, cluster: {server: "https://far.example"}}]
users: [{name: me, user: {token: other}}]
contexts: [{name: far, context: {cluster: there, user: me}}, {name: home, context: {cluster: there, user: me}}]
`,
    );
    const files = [first, path.join(folder, 'absent'), second];
    const far = await open(files);
    expect([far.context, far.url.host, await headersOf(far)]).toEqual(['far', 'far.example', { Authorization: 'Bearer hush-hush' }]);
    expect((await open(files, 'home')).url.host).toBe('api.example:6443');
    await expect(openKubeconfig(files, 'hme')).rejects.toThrow('It has: home, work, broken, far.');
    await expect(openKubeconfig([path.join(folder, 'a'), path.join(folder, 'b')])).rejects.toThrow('none of the files in KUBECONFIG');
  });
});

describe('credentials', () => {
  it('are a user and a password', async () => {
    const access = await open([write('config', kubeconfig({ user: '{username: ann, password: "p:w"}' }))]);
    expect(await headersOf(access)).toEqual({ Authorization: `Basic ${Buffer.from('ann:p:w').toString('base64')}` });
  });

  it('are a token in a file, beside the kubeconfig', async () => {
    write('token', 'from-a-file');
    const access = await open([write('config', kubeconfig({ user: '{tokenFile: token}' }))]);
    expect(await headersOf(access)).toEqual({ Authorization: 'Bearer from-a-file' });
  });

  it('are a client certificate, and the cluster is known by its own CA', async () => {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const file = write(
      'config',
      kubeconfig({
        cluster: `{server: "https://api.example", certificate-authority-data: ${base64('the CA')}, tls-server-name: inner.example}`,
        user: `{client-certificate: me.crt, client-key-data: ${base64('the key')}}`,
      }),
    );
    write('me.crt', 'the certificate');
    const access = await open([file]);
    const { agent, headers } = await access.authorize();
    expect(headers).toEqual({});
    expect(agent).toBeInstanceOf(https.Agent);
    const { ca, cert, key, servername, rejectUnauthorized } = (agent as https.Agent).options;
    expect([ca, cert, key].map(String)).toEqual(['the CA', 'the certificate', 'the key']);
    expect(servername).toBe('inner.example');
    expect(rejectUnauthorized).toBeUndefined();
    expect((await access.authorize()).agent).toBe(agent);
    // A new certificate wants new connections.
    write('me.crt', 'the next certificate');
    const { agent: next } = await access.authorize();
    expect(String((next as https.Agent).options.cert)).toBe('the next certificate');
  });

  it('are for a cluster over plain HTTP, too, and for one whose certificate is not verified', async () => {
    const plain = await open([write('http', kubeconfig({ cluster: '{server: "http://127.0.0.1:8001"}' }))]);
    expect((await plain.authorize()).agent).not.toBeInstanceOf(https.Agent);
    const blind = await open([write('config', kubeconfig({ cluster: '{server: "https://x", insecure-skip-tls-verify: true}' }))]);
    expect(((await blind.authorize()).agent as https.Agent).options.rejectUnauthorized).toBe(false);
  });

  it('come from a program, which is asked once by many requests and told what for', async () => {
    write(
      'bin/plugin',
      `#!/bin/sh
echo "$KUBERNETES_EXEC_INFO" >> "${path.join(folder, 'runs')}"
echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"'"$1-$MINE"'"}}'
`,
      0o700,
    );
    const exec = `{apiVersion: client.authentication.k8s.io/v1, command: ./bin/plugin, args: [made], env: [{name: MINE, value: here}], provideClusterInfo: true}`;
    const access = await open([write('config', kubeconfig({ user: `{exec: ${exec}}` }))]);
    const all = await Promise.all(Array.from({ length: 20 }, () => headersOf(access)));
    expect(new Set(all.map(({ Authorization }) => Authorization))).toEqual(new Set(['Bearer made-here']));
    await headersOf(access);
    const runs = readFileSync(path.join(folder, 'runs'), 'utf8').trim().split('\n');
    expect(runs.map((run) => JSON.parse(run))).toEqual([
      {
        kind: 'ExecCredential',
        apiVersion: 'client.authentication.k8s.io/v1',
        spec: { interactive: false, cluster: { server: 'https://api.example:6443', 'insecure-skip-tls-verify': false } },
      },
    ]);
  });

  it('that a program does not have are an error, and may be there the next time', async () => {
    const plugin = write('plugin', '#!/bin/sh\nexit 1\n', 0o700);
    const access = await open([write('config', kubeconfig({ user: `{exec: {command: ${plugin}}}` }))]);
    await expect(access.authorize()).rejects.toThrow();
    write('plugin', `#!/bin/sh\necho '{"status":{"token":"late"}}'\n`, 0o700);
    expect(await headersOf(access)).toEqual({ Authorization: 'Bearer late' });
  });

  it('that were refused are read anew, but not all the time', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const file = write('config', kubeconfig({ user: '{token: first}' }));
    const access = await open([file]);
    write('config', kubeconfig({ user: '{token: second}' }));
    expect(await headersOf(access)).toEqual({ Authorization: 'Bearer first' });
    access.renew();
    expect(await headersOf(access)).toEqual({ Authorization: 'Bearer second' });
    write('config', kubeconfig({ user: '{token: third}' }));
    access.renew();
    expect(await headersOf(access)).toEqual({ Authorization: 'Bearer second' });
    vi.advanceTimersByTime(5_000);
    expect(await headersOf(access)).toEqual({ Authorization: 'Bearer third' });
  });
});
