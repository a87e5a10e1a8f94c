import { type HeaderList, header } from '../../lib/headers.ts';
import { flag } from './list.ts';
import { forbiddenValue, notSupported, optionsInvalid, required } from './status.ts';

type OptionsKind = Parameters<typeof optionsInvalid>[0];

/** What the query of a write says. */
export interface WriteOptions {
  /** All but the keeping. */
  readonly dryRun: boolean;
  /** Who writes. */
  readonly manager: string;
  /** Whether fields that the kind does not have are refused, and not only warned of. */
  readonly strict: boolean;
  readonly force: boolean;
}

const MAX_MANAGER_BYTES = 128;

/** Reads them (apimachinery, pkg/apis/meta/v1/validation: `ValidatePatchOptions` and its like). Throws 422. */
export function writeOptions(kind: OptionsKind, query: URLSearchParams, headers: HeaderList, apply = false): WriteOptions {
  const manager = query.get('fieldManager') ?? '';
  if (apply && manager === '') throw optionsInvalid(kind, required('fieldManager', 'is required for apply patch'));
  if (manager.length > MAX_MANAGER_BYTES) {
    const message = `Too long: may not be more than ${MAX_MANAGER_BYTES} bytes`;
    throw optionsInvalid(kind, { reason: 'FieldValueTooLong', message, field: 'fieldManager' });
  }
  const validation = query.get('fieldValidation') ?? 'Warn';
  const levels = ['Ignore', 'Warn', 'Strict'];
  if (!['', ...levels].includes(validation)) {
    throw optionsInvalid(kind, notSupported('fieldValidation', JSON.stringify(validation), levels));
  }
  if (!apply && query.get('force') !== null && kind === 'PatchOptions') {
    throw optionsInvalid(kind, forbiddenValue('force', 'may not be specified for non-apply patch'));
  }
  return {
    dryRun: isDryRun(kind, query.getAll('dryRun')),
    manager: manager === '' ? programOf(headers) : manager,
    strict: validation === 'Strict',
    force: flag(query, 'force'),
  };
}

/** Whether a write is only tried. Throws 422 for any value but `All`. */
export function isDryRun(kind: OptionsKind, values: readonly string[]): boolean {
  const given = values.filter((value) => value !== '');
  if (given.some((value) => value !== 'All')) throw optionsInvalid(kind, notSupported('dryRun', JSON.stringify(given), ['All']));
  return given.length > 0;
}

/** `kubectl/v1.35.4 (linux/amd64)` is `kubectl` (apiserver, pkg/endpoints/handlers: `prefixFromUserAgent`). */
function programOf(headers: HeaderList): string {
  const [program = ''] = (header(headers, 'user-agent') ?? '').split('/');
  return program === '' ? 'unknown' : program.slice(0, MAX_MANAGER_BYTES);
}
