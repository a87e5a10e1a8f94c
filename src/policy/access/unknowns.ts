/** What an answer may depend on, for its `dependsOn`: the same words whichever mesh's proxy asks. */
export const CLIENT_ADDRESS = "the client's address";
export const CLIENT_IDENTITY = "the client's identity";
export const PROTOCOL = 'the protocol that is spoken';
export const METHOD = 'the method';
export const PATH = 'the path';
export const HOST = 'the host';
