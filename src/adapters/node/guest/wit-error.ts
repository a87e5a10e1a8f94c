/**
 * Throws the error of a WIT `result`. The glue code that jco writes tells it from a trap by the property `payload`; whatever else is thrown as an Error ends
 * the instance.
 */
export function throwWit(payload: unknown): never {
  throw { payload };
}
