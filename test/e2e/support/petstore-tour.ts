/** One call of each Petstore tool, in an order in which each finds what it needs in the sample data or in what an earlier one made. */
export interface Stop {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Must stand in the answer's text or structured content, as JSON. */
  readonly shows: string;
}

export const PETSTORE_TOUR: readonly Stop[] = [
  { tool: 'get_pet_find_by_status', arguments: { status: 'available' }, shows: 'Cat 1' },
  { tool: 'get_pet_find_by_tags', arguments: { tags: ['tag3', 'tag4'] }, shows: 'Rabbit 1' },
  { tool: 'get_pet_pet_id', arguments: { petId: 1 }, shows: 'Cat 1' },
  { tool: 'post_pet', arguments: { body: { id: 4711, name: 'Bello', photoUrls: [], status: 'available' } }, shows: 'Bello' },
  { tool: 'put_pet', arguments: { body: { id: 4711, name: 'Bella', photoUrls: [], status: 'pending' } }, shows: 'Bella' },
  { tool: 'post_pet_pet_id', arguments: { petId: 4711, name: 'Bell ö & co', status: 'sold' }, shows: 'Bell ö & co' },
  { tool: 'post_pet_pet_id_upload_image', arguments: { petId: 4711, file: 'iVBORw0KGgo=' }, shows: '4711' },
  { tool: 'delete_pet_pet_id', arguments: { petId: 4711 }, shows: 'done' },
  { tool: 'get_store_inventory', arguments: {}, shows: 'placed' },
  { tool: 'post_store_order', arguments: { body: { id: 4712, petId: 1, quantity: 3 } }, shows: '4712' },
  { tool: 'get_store_order_order_id', arguments: { orderId: 4712 }, shows: '4712' },
  { tool: 'delete_store_order_order_id', arguments: { orderId: 4712 }, shows: 'done' },
  { tool: 'post_user', arguments: { body: { username: 'ann', password: 'x' } }, shows: 'ann' },
  { tool: 'post_user_create_with_list', arguments: { body: [{ username: 'ben' }, { username: 'cem' }] }, shows: 'cem' },
  { tool: 'get_user_login', arguments: { username: 'ann', password: 'x' }, shows: 'session' },
  { tool: 'get_user_username', arguments: { username: 'ann' }, shows: 'ann' },
  { tool: 'put_user_username', arguments: { username: 'ann', body: { username: 'ann', email: 'ann@example.com' } }, shows: 'done' },
  { tool: 'delete_user_username', arguments: { username: 'ann' }, shows: 'done' },
  { tool: 'get_user_logout', arguments: {}, shows: 'out' },
];
