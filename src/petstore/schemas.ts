import { z } from '../lib/zod.ts';

/** The values that the Petstore API knows for the status of a pet and of an order. */
export const PET_STATUSES = ['available', 'pending', 'sold'] as const;
export const ORDER_STATUSES = ['placed', 'approved', 'delivered'] as const;

/**
 * The API's int64 and int32, as far as a JSON number carries them exactly. `z.int()` would say the same, and print the two limits, sixty characters, into
 * every schema of the tool list.
 */
export const integer = z
  .number()
  .check(
    z.refine(
      Number.isSafeInteger,
      `Invalid input: expected a whole number between -${Number.MAX_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}`,
    ),
  )
  .register(z.globalRegistry, { type: 'integer' });

const Category = z.object({ id: z.optional(integer), name: z.optional(z.string()) });

const Tag = z.object({ id: z.optional(integer), name: z.optional(z.string()) });

const Pet = z.object({
  id: z.optional(integer),
  name: z.string(),
  category: z.optional(Category),
  photoUrls: z.array(z.string()),
  tags: z.optional(z.array(Tag)),
  status: z.optional(z.enum(PET_STATUSES)),
});

const dateTime = z.string().register(z.globalRegistry, { format: 'date-time' });

const Order = z.object({
  id: z.optional(integer),
  petId: z.optional(integer),
  quantity: z.optional(integer),
  shipDate: z.optional(dateTime),
  status: z.optional(z.enum(ORDER_STATUSES)),
  complete: z.optional(z.boolean()),
});

const User = z.object({
  id: z.optional(integer),
  username: z.optional(z.string()),
  firstName: z.optional(z.string()),
  lastName: z.optional(z.string()),
  email: z.optional(z.string()),
  password: z.optional(z.string()),
  phone: z.optional(z.string()),
  userStatus: z.optional(integer),
});

const ApiResponse = z.object({ code: z.optional(integer), type: z.optional(z.string()), message: z.optional(z.string()) });

/** The objects of the API by the names that its description gives them. */
export const API_SCHEMAS = { Category, Tag, Pet, Order, User, ApiResponse } as const;
export type SchemaName = keyof typeof API_SCHEMAS;

/**
 * What comes over the wire, from either side: the reference server checks neither which members are there nor which words stand for a status, and so
 * hands out pets without a name. Types are kept; what a schema does not name is dropped.
 */
export const WIRE_SCHEMAS = {
  Pet: z.partial(z.extend(Pet, { status: z.optional(z.string()) })),
  Order: z.extend(Order, { status: z.optional(z.string()), shipDate: z.optional(z.string()) }),
  User,
  ApiResponse,
} as const;
export type WirePet = z.output<typeof WIRE_SCHEMAS.Pet>;
export type WireOrder = z.output<typeof WIRE_SCHEMAS.Order>;
export type WireUser = z.output<typeof WIRE_SCHEMAS.User>;
