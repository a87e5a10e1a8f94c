/**
 * A JSON array that was cut off somewhere, closed after its last whole item; undefined where the text does not begin as an array. Whether the
 * result is JSON is for the parser to say.
 */
export function closeCutArray(text: string): string | undefined {
  const start = text.search(/\S/);
  if (text[start] !== '[') return undefined;
  let depth = 0;
  let inString = false;
  let wholeUntil = start + 1;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
      continue;
    }
    if (character === '"') inString = true;
    else if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth--;
    else if (character === ',' && depth === 1) wholeUntil = at;
  }
  return `${text.slice(start, wholeUntil)}]`;
}
