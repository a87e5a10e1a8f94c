import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { isObject } from '../../src/lib/json.ts';
import { type ManifestDocument, readDocuments, Unreadable } from './documents.ts';
import { KUSTOMIZATION_FILES, render } from './kustomize.ts';

/** Objects that are applied together. */
export interface ManifestSet {
  readonly name: string;
  readonly documents: readonly ManifestDocument[];
  /** What is installed beside them. */
  readonly context: readonly ManifestDocument[];
}

const MANIFEST = /\.(?:ya?ml|json)$/;

/** Folders that hold no manifests of one's own. */
const PASSED_OVER = new Set(['node_modules', '.git']);

/** The sets that the paths stand for: what is plain as one, each kustomization as one. */
export function readSets(paths: readonly string[]): readonly ManifestSet[] {
  const plain: ManifestDocument[] = [];
  const plainNames: string[] = [];
  const rendered: ManifestSet[] = [];
  for (const given of paths) {
    if (given === '-') {
      plain.push(...readDocuments(readStandardInput(), 'standard input'));
      plainNames.push('standard input');
      continue;
    }
    if (!isFolder(given)) {
      plain.push(...readFile(given));
      plainNames.push(given);
      continue;
    }
    const tree = readTree(given);
    const own = isKustomization(given);
    const folders = own
      ? [given, ...tree.kustomizations.filter(isOverlay)]
      : tree.kustomizations.filter(isOverlay).concat(unreferenced(tree.kustomizations));
    const files = tree.files.flatMap(readFile);
    const context = files.filter(({ value }) => isObject(value) && value.kind === 'IstioOperator');
    for (const folder of [...new Set(folders)]) {
      rendered.push({ name: folder, documents: readDocuments(render(folder), folder, true), context });
    }
    if (own) continue;
    plain.push(...files);
    plainNames.push(given);
  }
  const sets =
    plainNames.length > 0 && (plain.length > 0 || rendered.length === 0)
      ? [{ name: plainNames.join(', '), documents: plain, context: [] }]
      : [];
  const all = [...sets, ...rendered];
  if (all.every(({ documents }) => documents.length === 0)) throw new Unreadable(`There is no Kubernetes object in ${paths.join(', ')}.`);
  return all;
}

/** The objects of paths that are only referred to. */
export function readContext(paths: readonly string[]): readonly ManifestDocument[] {
  return paths.flatMap((given) => {
    if (!isFolder(given)) return readFile(given);
    return isKustomization(given) ? readDocuments(render(given), given, true) : readTree(given).files.flatMap(readFile);
  });
}

function readStandardInput(): string {
  try {
    return readFileSync(0, 'utf8');
  } catch (error) {
    throw new Unreadable('Standard input cannot be read.', error);
  }
}

function isFolder(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch (error) {
    throw new Unreadable(`${file} does not exist or cannot be read.`, error);
  }
}

function readFile(file: string): readonly ManifestDocument[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Unreadable(`${file} cannot be read.`, error);
  }
  return readDocuments(text, file);
}

interface Tree {
  /** Manifests outside every kustomization. */
  readonly files: readonly string[];
  /** Folders below that are kustomizations. */
  readonly kustomizations: readonly string[];
}

/** What lies in a folder and below, in the order of names. A link to a folder is not followed, so that there is no end to none. */
function readTree(root: string): Tree {
  const files: string[] = [];
  const kustomizations: string[] = [];
  const visit = (folder: string, inside: boolean) => {
    const kustomized = isKustomization(folder);
    if (kustomized && folder !== root) kustomizations.push(folder);
    const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) {
        // Below the given folder a kustomization owns its folder, and what lies deeper in it.
        if (!PASSED_OVER.has(entry.name)) visit(file, inside || (kustomized && folder !== root));
      } else if (!kustomized && !inside && MANIFEST.test(entry.name)) files.push(file);
    }
  };
  visit(root, false);
  return { files, kustomizations };
}

function isKustomization(folder: string): boolean {
  return KUSTOMIZATION_FILES.some((name) => existsSync(path.join(folder, name)));
}

/** Whether a folder lies in one called `overlays`: then it is a set of its own, even where another builds on it. */
function isOverlay(folder: string): boolean {
  return path.basename(path.dirname(path.resolve(folder))) === 'overlays' && !readKustomization(folder).component;
}

/** The kustomizations on which no other one builds. */
function unreferenced(folders: readonly string[]): readonly string[] {
  const used = new Set(folders.flatMap((folder) => readKustomization(folder).folders.map((below) => path.resolve(folder, below))));
  return folders.filter((folder) => !used.has(path.resolve(folder)) && !readKustomization(folder).component);
}

/** What a kustomization builds on, and whether it is only a part of others. */
function readKustomization(folder: string): { readonly folders: readonly string[]; readonly component: boolean } {
  const file = KUSTOMIZATION_FILES.map((name) => path.join(folder, name)).find((name) => existsSync(name));
  let value: unknown;
  try {
    value = file === undefined ? undefined : parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Unreadable(`${file} is no valid YAML: ${error instanceof Error ? error.message : String(error)}`, error);
  }
  if (!isObject(value)) return { folders: [], component: false };
  const lists = [value.resources, value.bases, value.components].flatMap((list): readonly unknown[] => (Array.isArray(list) ? list : []));
  return { folders: lists.filter((each) => typeof each === 'string'), component: value.kind === 'Component' };
}
