/** Protocol versions with the `initialize` handshake, oldest first. */
export const INITIALIZE_ERA = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'] as const;
/** Protocol versions that carry their metadata in every request instead. */
export const STATELESS_ERA = ['2026-07-28'] as const;

export type InitializeVersion = (typeof INITIALIZE_ERA)[number];
export type StatelessVersion = (typeof STATELESS_ERA)[number];
export type ProtocolVersion = InitializeVersion | StatelessVersion;

/** Every version this server speaks, newest first: the order in which a client should try them. */
export const SUPPORTED_VERSIONS: readonly ProtocolVersion[] = [...INITIALIZE_ERA, ...STATELESS_ERA].reverse();

/** What a handshake settles on when the client asks for a version we do not speak (2025-11-25, basic/lifecycle, version negotiation). */
export const NEWEST_HANDSHAKE: InitializeVersion = '2025-11-25';

/** What a request without a version header speaks (2025-06-18, basic/transports, protocol version header). */
export const DEFAULT_VERSION: InitializeVersion = '2025-03-26';

const FIRST_STATELESS: string = STATELESS_ERA[0];
const VERSION_FORM = /^\d{4}-\d{2}-\d{2}$/;

/** Whether a text names one of the versions with a handshake. */
export function isInitializeVersion(text: unknown): text is InitializeVersion {
  // The tuple's own type would only let its members be asked for.
  return (INITIALIZE_ERA as readonly unknown[]).includes(text);
}

/** Whether a text names a stateless version that this server speaks. */
export function isStatelessVersion(text: unknown): text is StatelessVersion {
  // As above.
  return (STATELESS_ERA as readonly unknown[]).includes(text);
}

/** Whether a text names a version of the stateless era, known to this server or from its future. */
export function namesStatelessEra(text: string): boolean {
  // Versions are dates, so they order as text.
  return VERSION_FORM.test(text) && text >= FIRST_STATELESS;
}
