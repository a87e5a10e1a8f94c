import { readFile } from 'node:fs/promises';

/** How often the file is looked at. Kubernetes renews a token long before the old one ends. */
const LOOK_MS = 5_000;

/** What a token may be made of, as the component's options have it. */
const TOKEN = /^[\x21-\x7e]+$/;

export interface TokenFileOptions {
  readonly file: string;
  /** Is given each token that differs from the one before. */
  readonly changed: (token: string) => void;
  /** Is told when the file has no token any more, and when it has one again. */
  readonly say: (line: string) => void;
}

/** A token in a file that somebody renews, such as that of a ServiceAccount. */
export interface TokenFile {
  /** The token that the file had at first. */
  readonly token: string;
  close(): void;
}

/**
 * Reads a token, and from then on looks whether it has changed. Reads rather than watches: a mounted token is a link to a link, and which of them
 * changes when is Kubernetes's affair (kubernetes, pkg/volume/util/atomic_writer.go). Rejects with an error fit for a user when there is none at first;
 * later the last one stays in use.
 */
export async function followToken({ file, changed, say }: TokenFileOptions): Promise<TokenFile> {
  let token = await read(file);
  let missing = false;
  // One look at a time: a slow one that ends late must not bring an old token back.
  let looking = false;
  const look = async () => {
    if (looking) return;
    looking = true;
    try {
      const now = await read(file);
      if (missing) say(`${file} has a token again`);
      missing = false;
      if (now === token) return;
      token = now;
      changed(now);
    } catch (error) {
      if (!missing) say(`${error instanceof Error ? error.message : String(error)}; the last token stays in use`);
      missing = true;
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  return { token, close: () => clearInterval(timer) };
}

async function read(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`the token file ${file} cannot be read (${error instanceof Error && 'code' in error ? error.code : 'unknown'})`);
  }
  const token = text.trim();
  if (!TOKEN.test(token)) throw new Error(`${file} holds no token: one line of printable ASCII is wanted`);
  return token;
}
