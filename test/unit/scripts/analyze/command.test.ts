import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../../..');
const FIXTURES = 'test/fixtures/analyze';

interface Outcome {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in the project's folder, with no renderer but the given ones. */
function run(
  args: readonly string[],
  { input = '', env = {} }: { readonly input?: string; readonly env?: Record<string, string> } = {},
): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/analyze.ts', ...args], {
    cwd: ROOT,
    input,
    encoding: 'utf8',
    env: { PATH: '/nowhere', HOME: '/nowhere', MESH_MCP_CACHE: '/nowhere', ...env },
  });
  return { status, out: stdout, err: stderr };
}

const fixture = (...names: readonly string[]) => path.posix.join(FIXTURES, ...names);

describe('npm run analyze', () => {
  it('says that nothing was found', () => {
    expect(run([fixture('clean')])).toEqual({ status: 0, out: `${FIXTURES}/clean: 3 objects, nothing found\n`, err: '' });
  });

  it('prints a line for each finding, with its place, and fails', () => {
    const { status, out } = run([fixture('broken')]);
    expect(status).toBe(1);
    const [heading, ...lines] = out.trimEnd().split('\n');
    expect(heading).toBe(`${FIXTURES}/broken: 2 objects, 2 errors, 0 warnings, 0 notes`);
    expect(lines).toEqual([
      '  error   MESH0101 VirtualService default/web spec.http[0].route[0].weight: A weight of -10 is negative. ' +
        `Fix: Use a whole number from 0. (${FIXTURES}/broken/web.yaml:23)`,
      '  error   IST0101  VirtualService default/web spec.http[0].route[1].destination.host: No Service or ServiceEntry is called ' +
        `"wbe.default.svc.cluster.local". Fix: Correct the name, or add the Service or a ServiceEntry for it. (${FIXTURES}/broken/web.yaml:25)`,
    ]);
  });

  it('prints the same for programs', () => {
    const { status, out } = run([fixture('broken', 'web.yaml'), '--format', 'json']);
    expect(status).toBe(1);
    const { sets } = JSON.parse(out);
    expect(sets).toMatchObject([{ name: fixture('broken', 'web.yaml'), objects: 2, suppressed: 0 }]);
    expect(sets[0].findings[0]).toEqual({
      code: 'MESH0101',
      check: 'route-weights',
      severity: 'error',
      object: { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', namespace: 'default', name: 'web' },
      field: 'spec.http[0].route[0].weight',
      message: 'A weight of -10 is negative.',
      fix: 'Use a whole number from 0.',
      file: fixture('broken', 'web.yaml'),
      line: 23,
    });
  });

  it('joins files and standard input to one set', () => {
    const input = 'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: web, namespace: shop}\nspec: {host: wbe}\n';
    const { status, out } = run([fixture('clean', 'web.yaml'), '-'], { input });
    expect(status).toBe(0);
    expect(out).toContain(`${FIXTURES}/clean/web.yaml, standard input: 3 objects, 0 errors, 1 warning, 0 notes\n`);
    expect(out).toContain('warning IST0174  DestinationRule shop/web spec.host');
    expect(out).toContain('(standard input:4)');
  });

  it('passes with warnings, and not when they count', () => {
    expect(run([fixture('warnings')])).toMatchObject({ status: 0, out: expect.stringContaining('IST0002') });
    expect(run([fixture('warnings'), '--strict']).status).toBe(1);
    expect(run([fixture('warnings'), '--complete']).out).toContain('IST0174');
  });

  it('shows what is asked for', () => {
    const { out } = run([fixture('warnings'), '--severity', 'error']);
    expect(out).toBe(`${FIXTURES}/warnings: 1 object, 0 errors, 1 warning, 0 notes\n`);
  });

  it('refers to what lies elsewhere', () => {
    const rule = 'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: web, namespace: shop}\nspec: {host: web}\n';
    expect(run(['-', '--complete'], { input: rule }).out).toContain('IST0174');
    expect(run(['-', '--complete', '--with', fixture('clean')], { input: rule }).out).toBe('standard input: 1 object, nothing found\n');
  });

  it.each([
    ['no path', [], 'Which files or folders?'],
    ['an unknown flag', ['--froce', 'x'], '--froce'],
    ['an unknown format', ['x', '--format', 'xml'], '--format must be text or json'],
    ['an unknown severity', ['x', '--severity', 'bad'], '--severity must be one of error, warning, info'],
    ['a path that does not exist', ['nowhere.yaml'], 'nowhere.yaml does not exist or cannot be read'],
    ['a folder without objects', [fixture('values')], `There is no Kubernetes object in ${FIXTURES}/values`],
    ['a kustomization without a renderer', [fixture('kustomized')], 'neither kustomize nor kubectl is on the PATH'],
  ])('refuses %s', (_, args, problem) => {
    const { status, out, err } = run(args);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(`analyze: `);
    expect(err).toContain(problem);
    expect(err).not.toContain('    at ');
  });

  it('names file, line and column of broken YAML', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'mesh-mcp-analyze-'));
    const file = path.join(folder, 'web.yaml');
    try {
      writeFileSync(file, 'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n   namespace: shop\n');
      const { status, err } = run([folder]);
      expect(status).toBe(2);
      expect(err.startsWith(`analyze: ${file}:4:9: this is no valid YAML: `)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('does not let aliases grow without bound', () => {
    const levels = Array.from({ length: 12 }, (_, index) => `l${index + 1}: &l${index + 1} [${Array(9).fill(`*l${index}`).join(', ')}]`);
    const bomb = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nl0: &l0 [x]\n${levels.join('\n')}\n`;
    expect(run(['-'], { input: bomb })).toMatchObject({ status: 2, err: expect.stringContaining('too many aliases') });
  });

  it('says what it can', () => {
    expect(run(['--help'])).toMatchObject({ status: 0, out: expect.stringContaining('npm run analyze -- PATH...') });
  });

  describe('with a renderer on the PATH', () => {
    let folder = '';
    let env: Record<string, string> = {};

    // It stands in for kustomize, whose only part here is to say what a folder holds.
    beforeAll(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'mesh-mcp-analyze-'));
      const renderer = path.join(folder, 'kustomize');
      writeFileSync(
        renderer,
        `#!/bin/sh
[ "$1" = build ] || exit 9
case "$2" in
  *chaos) sed 's/host: web/host: wbe/' ${FIXTURES}/kustomized/app/web.yaml ;;
  *prod | *kustomized) cat ${FIXTURES}/kustomized/app/web.yaml ;;
  *) echo "no such folder" >&2; exit 1 ;;
esac
`,
      );
      chmodSync(renderer, 0o755);
      env = { PATH: `${folder}:/usr/bin:/bin` };
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it('analyses the base and every overlay, each as a set', () => {
      const { status, out } = run([fixture('kustomized')], { env });
      expect(status).toBe(1);
      expect(
        out
          .trimEnd()
          .split('\n')
          .filter((line) => !line.startsWith('  ')),
      ).toEqual([
        `${FIXTURES}/kustomized: 3 objects, nothing found`,
        `${FIXTURES}/kustomized/overlays/chaos: 3 objects, 1 error, 0 warnings, 0 notes`,
        `${FIXTURES}/kustomized/overlays/prod: 3 objects, nothing found`,
        '3 sets: 1 error, 0 warnings, 0 notes',
      ]);
      // What a program rendered has no line of the user's.
      expect(out).toContain('wbe.default.svc.cluster.local');
      expect(out).not.toMatch(/yaml:\d+/);
    });

    it('repeats what the renderer says', () => {
      const { status, err } = run([fixture('kustomized', 'app')], { env });
      expect({ status, err }).toEqual({ status: 2, err: `analyze: ${FIXTURES}/kustomized/app cannot be rendered: no such folder\n` });
    });
  });
});
