/** From the least to the most: each may do what those before it may. `viewer` reads, `operator` changes the mesh, `admin` does what can cut others off. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** A role, and where it holds. */
export interface Grant {
  readonly role: Role;
  /** Names of namespaces; `*` alone is all of them, and what belongs to none. */
  readonly namespaces: readonly string[] | '*';
}

/**
 * What a rule looks at: the subject, a group or a scope of a token, or the identity that a mesh vouches for. They never stand for each other: a token whose subject
 * looks like a workload is no workload.
 */
const TRAITS = ['sub', 'group', 'scope', 'identity'] as const;
export type Trait = (typeof TRAITS)[number];

/** One thing that a caller can have. */
export interface Mark {
  readonly trait: Trait;
  /** Compared letter by letter; `*` alone is met by everyone who has the trait. An identity may have `*` at one end, for any text. */
  readonly value: string;
}

/** Who has one of the marks has the grant. */
export interface RoleRule {
  readonly grant: Grant;
  readonly marks: readonly Mark[];
}

/** RFC 1123 label, as the API server wants namespaces. */
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** Nothing that separates, and no white space or control characters; those are written as `%XX`. */
const VALUE = /^[\x21-\x24\x26-\x2b\x2d-\x3a\x3c-\x7e]{1,512}$/;
const ESCAPE = /%([0-9A-Fa-f]{2})/g;
/** `*`, or a text that has it at one end at most. */
const PATTERN = /^(?:\*?[^*]+|[^*]+\*?|\*)$/;

const FORM = 'rules such as viewer=sub:*; operator@shop,pay=group:sre; admin=sub:alice,scope:mesh:admin';

/**
 * Reads the text of ROLES: rules between `;`, each `role[@namespace,…]=mark,…`, each mark `trait:value`. What separates is written as `%XX` inside a value.
 * Throws an Error that says what is wrong, without the text itself.
 */
export function parseRoleRules(text: string): readonly RoleRule[] {
  return text
    .split(';')
    .map((rule) => rule.trim())
    .filter((rule) => rule !== '')
    .map(parseRule);
}

function parseRule(text: string, place: number): RoleRule {
  const wrong = (what: string) => new Error(`${FORM}; in rule ${place + 1} ${what}`);
  const [, name = '', at, namespaces = '', marks = ''] = /^([a-z]+)\s*(@([^=]*))?=(.*)$/s.exec(text) ?? [];
  const role = ROLES.find((each) => each === name);
  if (role === undefined) throw wrong(`the role is none of ${ROLES.join(', ')}`);
  const names = [...new Set(namespaces.split(',').map((each) => each.trim()))];
  if (at !== undefined && !names.every((each) => NAMESPACE.test(each))) throw wrong('something after @ is not the name of a namespace');
  return {
    grant: { role, namespaces: at === undefined ? '*' : names },
    marks: marks.split(',').map((mark) => {
      const read = parseMark(mark.trim());
      if (read === undefined) throw wrong(`something after = is not one of ${TRAITS.map((trait) => `${trait}:…`).join(', ')}`);
      return read;
    }),
  };
}

function parseMark(text: string): Mark | undefined {
  const colon = text.indexOf(':');
  const trait = TRAITS.find((each) => each === text.slice(0, colon));
  const value = unescaped(text.slice(colon + 1));
  // An asterisk that is escaped would be a letter, and no rule can say that.
  if (trait === undefined || value === undefined || /%2a/i.test(text)) return undefined;
  if (trait === 'identity' && !PATTERN.test(value)) return undefined;
  return { trait, value };
}

/** Undefined where the text holds what must be escaped, or escapes what is no UTF-8. */
function unescaped(text: string): string | undefined {
  if (!VALUE.test(text.replace(ESCAPE, 'x'))) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** What a caller has shown, by trait. */
export type Shown = Readonly<Partial<Record<Trait, readonly string[]>>>;

/** The grants of everyone who has shown these things. */
export function grantsOf(rules: readonly RoleRule[], shown: Shown): readonly Grant[] {
  return rules.filter(({ marks }) => marks.some((mark) => meets(mark, shown[mark.trait] ?? []))).map(({ grant }) => grant);
}

function meets({ trait, value }: Mark, shown: readonly string[]): boolean {
  if (value === '*') return shown.length > 0;
  if (trait !== 'identity') return shown.includes(value);
  if (value.startsWith('*')) return shown.some((each) => each.endsWith(value.slice(1)));
  if (value.endsWith('*')) return shown.some((each) => each.startsWith(value.slice(0, -1)));
  return shown.includes(value);
}

/** The scopes each of which would give at least this role, somewhere or everywhere: what a client may ask its issuer for. */
export function scopesFor(rules: readonly RoleRule[], role: Role, everywhere: boolean = false): readonly string[] {
  const enough = rules.filter(({ grant }) => ROLES.indexOf(grant.role) >= ROLES.indexOf(role) && (!everywhere || grant.namespaces === '*'));
  // Least first, so that whoever asks for the first asks for no more than is needed.
  const sorted = [...enough].sort((a, b) => ROLES.indexOf(a.grant.role) - ROLES.indexOf(b.grant.role));
  return [
    ...new Set(
      sorted.flatMap(({ marks }) => marks.filter(({ trait, value }) => trait === 'scope' && value !== '*').map(({ value }) => value)),
    ),
  ];
}
