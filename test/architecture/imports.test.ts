import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PRODUCT } from '../../scripts/build.ts';
import { bundleComponent } from '../../scripts/bundle.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SRC = path.join(ROOT, 'src');

/**
 * The layers from the bottom up. A file may import from its own folder and from layers below its own, never from beside or above;
 * ARCHITECTURE.md draws the same list.
 */
const LAYERS: readonly (readonly string[])[] = [
  ['lib', 'generated'],
  ['graph', 'policy', 'ports'],
  ['config.ts'],
  ['mesh', 'sources', 'store', 'petstore', 'access'],
  ['collector', 'assess'],
  ['change'],
  ['mcp'],
  ['web'],
  ['server', 'demo'],
  ['entry'],
];

/** Arrows beside the layers, each with its reason. */
const ALLOWED_BESIDE: Readonly<Record<string, string>> = {
  'sources -> mesh': 'a source answers in the words of our model',
  'store -> mesh': 'what is kept is our model',
};

/** What adapters may import: the ports they implement, and the language underneath. */
const ADAPTERS_MAY_IMPORT = ['lib', 'ports', 'generated'];

/** Folders that only the local host runs, so that they may use Node. */
const HOST_ONLY = ['adapters/node', 'entry/host.ts', 'entry/host', 'demo'];

interface Arrow {
  readonly from: string;
  readonly to: string;
}

function sourceFiles(): readonly string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.startsWith('generated/'));
}

function specifiers(file: string): readonly string[] {
  const text = readFileSync(path.join(SRC, file), 'utf8');
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

function arrows(): readonly Arrow[] {
  return sourceFiles().flatMap((from) =>
    specifiers(from)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => ({ from, to: path.posix.normalize(path.posix.join(path.posix.dirname(from), specifier)) })),
  );
}

/** `npm start` builds what it serves. */
const isBuild = ({ from, to }: Arrow) => from.startsWith('entry/host') && to.startsWith('../scripts/');

const folderOf = (file: string) => file.split('/')[0] ?? file;
const layerOf = (folder: string) => LAYERS.findIndex((layer) => layer.includes(folder));
const isHostOnly = (file: string) => HOST_ONLY.some((place) => file === place || file.startsWith(`${place}/`));

function whyWrong(arrow: Arrow): string | undefined {
  if (isBuild(arrow)) return undefined;
  const { from, to } = arrow;
  const [source, target] = [folderOf(from), folderOf(to)];
  if (source === target && source !== 'adapters') return undefined;
  if (source === 'adapters') {
    const kin = from.split('/').slice(0, 2).join('/') === to.split('/').slice(0, 2).join('/');
    return kin || ADAPTERS_MAY_IMPORT.includes(target) || isHostOnly(from) ? undefined : 'adapters import ports alone';
  }
  if (target === 'adapters') return source === 'entry' ? undefined : 'only entry imports adapters';
  if (layerOf(source) === -1 || layerOf(target) === -1) return 'a folder that LAYERS does not know';
  if (layerOf(target) < layerOf(source)) return undefined;
  return `${source} -> ${target}` in ALLOWED_BESIDE ? undefined : 'imports only point down';
}

describe('the source tree', () => {
  it('has arrows at all, so that the other tests here mean something', () => {
    expect(arrows().length).toBeGreaterThan(50);
  });

  it('imports only downwards', () => {
    const wrong = arrows().flatMap((arrow) => {
      const why = whyWrong(arrow);
      return why === undefined ? [] : [`${arrow.from} -> ${arrow.to}: ${why}`];
    });
    expect(wrong).toEqual([]);
  });

  it('names each exception because it is used', () => {
    const used = new Set(arrows().map(({ from, to }) => `${folderOf(from)} -> ${folderOf(to)}`));
    expect(Object.keys(ALLOWED_BESIDE).filter((arrow) => !used.has(arrow))).toEqual([]);
  });

  it('reaches Node only from what the local host alone runs', () => {
    const wrong = sourceFiles().filter((file) => !isHostOnly(file) && specifiers(file).some((specifier) => specifier.startsWith('node:')));
    expect(wrong).toEqual([]);
  });

  it('reaches WASI only from its adapter and the component', () => {
    const wrong = sourceFiles().filter(
      (file) =>
        !file.startsWith('adapters/wasi/') &&
        file !== 'entry/component.ts' &&
        specifiers(file).some((specifier) => specifier.startsWith('wasi:')),
    );
    expect(wrong).toEqual([]);
  });

  it('has no imports in a circle', () => {
    const next = new Map<string, readonly string[]>();
    for (const { from, to } of arrows()) next.set(from, [...(next.get(from) ?? []), to]);
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' -> '));
      if (done.has(file) || trail.includes(file)) return;
      for (const target of next.get(file) ?? []) visit(target, [...trail, file]);
      done.add(file);
    };
    for (const file of next.keys()) visit(file, []);
    expect(circles).toEqual([]);
  });
});

describe('the component’s bundle', () => {
  it('holds no file of the local host, no server of the SDK and nothing of Node', async () => {
    const { files, imports } = await bundleComponent(PRODUCT.entry);
    expect(files.length).toBeGreaterThan(20);
    const own = files.filter((file) => file.startsWith(SRC)).map((file) => path.relative(SRC, file));
    expect(own.filter(isHostOnly)).toEqual([]);
    expect(files.filter((file) => file.includes('@modelcontextprotocol'))).toEqual([]);
    expect(imports.length).toBeGreaterThan(5);
    expect(imports.filter((name) => !name.startsWith('wasi:'))).toEqual([]);
  });

  it('uses no global that an engine lacks', async () => {
    const { code } = await bundleComponent(PRODUCT.entry, false);
    // Property names, strings and comments do not count; what is left are free names, of which these would throw in QuickJS.
    const free = [
      'URL',
      'Intl',
      'crypto',
      'setInterval',
      'TextEncoder',
      'TextDecoder',
      'URLSearchParams',
      'setTimeout',
      'queueMicrotask',
      'structuredClone',
      'fetch',
      'process',
      'Buffer',
      'console',
    ];
    const bare = withoutGuarded(withoutCommentsAndStrings(code));
    const used = free.filter((name) => new RegExp(`(?<![.\\w$'"\`?]|typeof )\\b${name}\\s*[.(]`).test(bare));
    expect(used).toEqual([]);
    expect(code.match(/\\p\{[A-Za-z_=]+\}/g) ?? [], 'a property escape is a syntax error in both engines').toEqual([]);
  });
});

/** fflate takes a global where there is one: what it asks for first, itself or in its `tds`, throws nowhere. The hashes of @noble/hashes have a method `process`. */
function withoutGuarded(code: string): string {
  return code.replace(
    /^\s*process\(\w+, \w+\) \{|typeof (\w+) !==? "" &&\s*(?:"")?\s*new \1\(\)|if \(tds\)\s*this\.t = new TextDecoder\(\)/gm,
    '',
  );
}

function withoutCommentsAndStrings(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, '""');
}
