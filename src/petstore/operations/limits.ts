/** How long the values of a call may be. The API sets no limits; these are far above what anyone means, and keep a request small. */
export const LIMITS = {
  /** Characters in a name, a tag, a telephone number. */
  name: 200,
  /** Characters in an address of a photo. */
  url: 2_000,
  /** Characters in a free text. */
  text: 1_000,
  /** Photos or tags of one pet. */
  items: 100,
  /** Tags to search for at once: they stand in the URL. */
  searchTags: 20,
  /** Users made by one call. */
  users: 100,
} as const;
