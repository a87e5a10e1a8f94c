import { described, z } from '../../lib/zod.ts';
import { CREATES, DELETES, type Operation, operation, type Parameter, READS } from '../operation.ts';
import { integer, ORDER_STATUSES } from '../schemas.ts';

const orderId: Parameter = { name: 'orderId', in: 'path', schema: described(integer, 'Id of the order') };

/** RFC 3339, section 5.6. */
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
const isDateTime = (text: string) => DATE_TIME.test(text) && !Number.isNaN(Date.parse(text));
const dateTime = z
  .string()
  .check(z.refine(isDateTime, 'Invalid input: expected a date and time as 2030-01-31T12:00:00Z'))
  .register(z.globalRegistry, { format: 'date-time' });

const NO_ORDER = 'No order has this id';
const BAD_ORDER_ID = 'The Petstore does not take this as the id of an order';

/** The operations on the store: its inventory and its orders. */
export const STORE_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'get_store_inventory',
    operationId: 'getInventory',
    group: 'store',
    title: 'Count the inventory',
    description:
      'Answers a quantity for each status. The reference Petstore adds up the quantities of its orders by the status of the order (placed, approved, delivered), not the pets: to count pets use get_pet_find_by_status.',
    method: 'GET',
    path: '/store/inventory',
    parameters: [],
    answer: { kind: 'inventory' },
    reasons: { 500: 'The Petstore failed to count; the reference Petstore does so while an order has no status' },
    effect: READS,
    credentials: ['api_key'],
  }),
  operation({
    name: 'post_store_order',
    operationId: 'placeOrder',
    group: 'store',
    title: 'Order a pet',
    description:
      'Places an order for a pet and answers the order as it was stored. Whether the pet exists or is available is not checked. An order that has the same id already is overwritten.',
    method: 'POST',
    path: '/store/order',
    parameters: [],
    body: {
      type: 'json',
      schema: 'Order',
      list: false,
      argument: described(
        z.strictObject({
          id: described(z.optional(integer), 'Choose one that is free: the reference Petstore gives out none and stores the order under 0'),
          petId: described(integer, 'Id of the pet'),
          quantity: described(z._default(integer, 1), 'How many'),
          shipDate: described(z.optional(dateTime), 'When to ship, as 2030-01-31T12:00:00Z'),
          status: described(z._default(z.enum(ORDER_STATUSES), 'placed'), 'Status of the order'),
          complete: described(z._default(z.boolean(), false), 'Whether the order is done'),
        }),
        'The order to place',
      ),
    },
    answer: { kind: 'order' },
    reasons: { 400: 'The Petstore does not take this order', 422: 'The Petstore finds this order invalid' },
    effect: CREATES,
    credentials: [],
  }),
  operation({
    name: 'get_store_order_order_id',
    operationId: 'getOrderById',
    group: 'store',
    title: 'Get an order',
    description: 'Reads one order by its id: pet, quantity, date, status. There is no list of orders; the sample data has the ids 1 to 3.',
    method: 'GET',
    path: '/store/order/{orderId}',
    parameters: [orderId],
    answer: { kind: 'order' },
    reasons: { 400: BAD_ORDER_ID, 404: NO_ORDER },
    effect: READS,
    credentials: [],
  }),
  operation({
    name: 'delete_store_order_order_id',
    operationId: 'deleteOrder',
    group: 'store',
    title: 'Delete an order',
    description: 'Deletes an order for good. The reference Petstore answers the same where there is no such order.',
    method: 'DELETE',
    path: '/store/order/{orderId}',
    parameters: [orderId],
    answer: { kind: 'done', text: 'No order has this id any more.' },
    reasons: { 400: BAD_ORDER_ID, 404: NO_ORDER },
    effect: DELETES,
    credentials: [],
  }),
];
