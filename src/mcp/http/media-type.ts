/** Whether a Content-Type is JSON: `application/json`, in any case, with any parameters. */
export function isJsonType(header: string | undefined): boolean {
  const type = header?.split(';', 1)[0];
  return type !== undefined && type.trim().toLowerCase() === 'application/json';
}
