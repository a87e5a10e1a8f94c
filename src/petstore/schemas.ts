import { z } from 'zod';

/** The values that the Petstore API knows for the status of a pet and of an order. */
export const PET_STATUSES = ['available', 'pending', 'sold'] as const;
export const ORDER_STATUSES = ['placed', 'approved', 'delivered'] as const;

/**
 * The API's int64 and int32, as far as a JSON number carries them exactly. `z.int()` would say the same, and print the two limits, sixty characters, into
 * every schema of the tool list.
 */
export const integer = z
  .number()
  .refine(Number.isSafeInteger, `Invalid input: expected a whole number between -${Number.MAX_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}`)
  .meta({ type: 'integer' });

const Category = z.object({ id: integer.optional(), name: z.string().optional() });

const Tag = z.object({ id: integer.optional(), name: z.string().optional() });

const Pet = z.object({
  id: integer.optional(),
  name: z.string(),
  category: Category.optional(),
  photoUrls: z.array(z.string()),
  tags: z.array(Tag).optional(),
  status: z.enum(PET_STATUSES).optional(),
});

const Order = z.object({
  id: integer.optional(),
  petId: integer.optional(),
  quantity: integer.optional(),
  shipDate: z.string().meta({ format: 'date-time' }).optional(),
  status: z.enum(ORDER_STATUSES).optional(),
  complete: z.boolean().optional(),
});

const User = z.object({
  id: integer.optional(),
  username: z.string().optional(),
  firstName: z.string().optional(),
  lastName: z.string().optional(),
  email: z.string().optional(),
  password: z.string().optional(),
  phone: z.string().optional(),
  userStatus: integer.optional(),
});

const ApiResponse = z.object({ code: integer.optional(), type: z.string().optional(), message: z.string().optional() });

/** The objects of the API by the names that its description gives them. */
export const API_SCHEMAS = { Category, Tag, Pet, Order, User, ApiResponse } as const;
export type SchemaName = keyof typeof API_SCHEMAS;

/**
 * What comes over the wire, from either side: the reference server checks neither which members are there nor which words stand for a status, and so
 * hands out pets without a name. Types are kept; what a schema does not name is dropped.
 */
export const WIRE_SCHEMAS = {
  Pet: Pet.extend({ status: z.string().optional() }).partial(),
  Order: Order.extend({ status: z.string().optional(), shipDate: z.string().optional() }),
  User,
  ApiResponse,
} as const;
export type WirePet = z.output<typeof WIRE_SCHEMAS.Pet>;
export type WireOrder = z.output<typeof WIRE_SCHEMAS.Order>;
export type WireUser = z.output<typeof WIRE_SCHEMAS.User>;
