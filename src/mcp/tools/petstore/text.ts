import { textTable } from '../../../lib/table.ts';
import type { Answer, KnownUser } from '../../../petstore/answer.ts';
import type { WireOrder, WirePet } from '../../../petstore/schemas.ts';

/** Where a part of a list stands in the whole. */
export interface Span {
  /** Items before the first one shown. */
  readonly before: number;
  /** All items; absent where the Petstore had more than was read. */
  readonly total: number | undefined;
}

/** An answer in words, one fact a line, and a list as a table. What came from the Petstore cannot break the lines. */
export function renderText(answer: Answer, doneText: string, span: Span): string {
  switch (answer.kind) {
    case 'pet':
      return petLines(answer.data).join('\n');
    case 'pets':
      return petTable(answer.data.pets, span).join('\n');
    case 'inventory':
      return inventoryTable(answer.data.inventory, span).join('\n');
    case 'order':
      return orderLines(answer.data).join('\n');
    case 'user':
      return userLines(answer.data).join('\n');
    case 'users':
      return userTable(answer.data.users, span).join('\n');
    case 'upload': {
      const { pet, message } = answer.data;
      return [
        'Uploaded.',
        ...(message === undefined ? [] : [`The Petstore says: ${oneLine(message)}`]),
        ...(pet ? petLines(pet) : []),
      ].join('\n');
    }
    case 'session': {
      const { message, rateLimit, expiresAfter } = answer.data;
      return lines([
        ['The Petstore says', message],
        ['Calls allowed in an hour', rateLimit],
        ['The session ends', expiresAfter],
      ]).join('\n');
    }
    case 'done':
      return doneText;
  }
}

function petLines(pet: WirePet): readonly string[] {
  return lines([
    ['Pet', pet.id],
    ['Name', pet.name],
    ['Status', pet.status],
    ['Category', pet.category && labelled(pet.category)],
    [
      'Tags',
      pet.tags
        ?.map(labelled)
        .filter((tag) => tag !== '')
        .join(', '),
    ],
    ['Photos', pet.photoUrls?.join(', ')],
  ]);
}

function petTable(pets: readonly WirePet[], span: Span): readonly string[] {
  const rows = pets.map((pet) => [
    cell(pet.id),
    cell(pet.name),
    cell(pet.status),
    cell(pet.category?.name),
    cell(pet.tags?.map((tag) => tag.name ?? '').join(', ')),
    cell(pet.photoUrls?.length),
  ]);
  return [counted('pet', pets.length, span), ...table(['id', 'name', 'status', 'category', 'tags', 'photos'], rows)];
}

function inventoryTable(inventory: Readonly<Record<string, number>>, span: Span): readonly string[] {
  const entries = Object.entries(inventory);
  return [
    counted('status', entries.length, span),
    ...table(
      ['status', 'quantity'],
      entries.map(([status, quantity]) => [cell(status), cell(quantity)]),
    ),
  ];
}

function orderLines(order: WireOrder): readonly string[] {
  return lines([
    ['Order', order.id],
    ['Pet', order.petId],
    ['Quantity', order.quantity],
    ['Ships', order.shipDate],
    ['Status', order.status],
    ['Complete', order.complete === undefined ? undefined : order.complete ? 'yes' : 'no'],
  ]);
}

function userLines(user: KnownUser): readonly string[] {
  return lines([
    ['User', user.username],
    ['Id', user.id],
    ['First name', user.firstName],
    ['Last name', user.lastName],
    ['Email', user.email],
    ['Phone', user.phone],
    ['Status', user.userStatus],
  ]);
}

function userTable(users: readonly KnownUser[], span: Span): readonly string[] {
  const rows = users.map((user) => [cell(user.username), cell(user.id), cell(user.firstName), cell(user.lastName), cell(user.email)]);
  return [counted('user', users.length, span), ...table(['username', 'id', 'first name', 'last name', 'email'], rows)];
}

const PLURALS = { pet: 'pets', user: 'users', status: 'statuses' } as const;

/** `No pets.`, `3 pets.`, `Pets 11 to 20 of 35.` */
function counted(noun: keyof typeof PLURALS, shown: number, { before, total }: Span): string {
  const plural = PLURALS[noun];
  if (shown === 0) return before === 0 ? `No ${plural}.` : `No more ${plural}.`;
  if (before === 0 && shown === total) return `${shown} ${shown === 1 ? noun : plural}.`;
  const capital = `${plural.slice(0, 1).toUpperCase()}${plural.slice(1)}`;
  return `${capital} ${before + 1} to ${before + shown}${total === undefined ? '' : ` of ${total}`}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : textTable([head, ...rows]);
}

/** `name: value` for each value that is there. */
function lines(facts: readonly (readonly [name: string, value: string | number | undefined])[]): readonly string[] {
  return facts.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [`${name}: ${oneLine(String(value))}`]));
}

/** `tag1 (1)`, as much of it as there is. */
function labelled({ id, name = '' }: { readonly id?: number | undefined; readonly name?: string | undefined }): string {
  return id === undefined ? name : `${name} (${id})`.trim();
}

function cell(value: string | number | undefined): string {
  return value === undefined || value === '' ? '-' : oneLine(String(value));
}

/** Line breaks, control characters and what steers the direction of text as one space each, so that a name cannot pretend to be another row. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g, ' ');
}
