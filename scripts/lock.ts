/**
 * `npm run lock`: completes package-lock.json. A package with binaries lists one optional package a platform, and npm writes into the lock only those that
 * the registry in use has. Where a mirror lacks some, `npm ci` then refuses the lock as out of step with the packages' own lists. So the missing ones
 * are added as npm would have written them: version, platform, no integrity. They are only ever installed on their own platform.
 */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './wit.ts';

interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Record<string, LockEntry>;
}

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32', 'aix'];
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

const file = path.join(ROOT, 'package-lock.json');
const lock: Lock = JSON.parse(await readFile(file, 'utf8'));
const missing = Object.entries(lock.packages).flatMap(([parent, entry]) =>
  Object.entries(entry.optionalDependencies ?? {}).flatMap(([name, version]) => missingEntry(lock, parent, entry, name, version)),
);
for (const [key, entry] of missing) {
  lock.packages[key] = entry;
  console.error(`added ${key} ${entry.version}`);
}
const packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
await writeFile(file, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);

/** The entry for one optional package of a parent; empty where the lock has it, or where it is no exact version of a platform's package. */
function missingEntry(
  lock: Lock,
  parent: string,
  { dev }: LockEntry,
  name: string,
  version: string,
): readonly (readonly [string, LockEntry])[] {
  const words = name.split(/[/-]/);
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  if (!/^\d+\.\d+\.\d+$/.test(version) || os.length + cpu.length === 0) return [];
  const present = nearest(lock, parent, name);
  if (present?.version === version) return [];
  const libc = words.includes('musl') ? ['musl'] : words.includes('gnu') ? ['glibc'] : [];
  const entry: LockEntry = {
    version,
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(dev === true ? { dev } : {}),
    ...(libc.length > 0 ? { libc } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
  return [[present === undefined ? `node_modules/${name}` : `${parent}/node_modules/${name}`, entry]];
}

/** The package that an import from the parent finds: npm's search from its folder upwards. */
function nearest(lock: Lock, parent: string, name: string): LockEntry | undefined {
  for (let at = parent; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const found = lock.packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`];
    if (found !== undefined || at === '') return found;
  }
}
