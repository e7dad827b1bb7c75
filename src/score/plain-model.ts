/**
 * A copy of a package's model as plain data: every member is read once and from then on stays as it was read, so that a
 * model cannot be one thing when it is looked at and another when it runs. Functions stay what they are.
 */
export function plainCopy<Data>(data: Data): Data {
  return copied(data) as Data;
}

function copied(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, copied);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).map((key) => [key, copied((value as Record<string, unknown>)[key])]));
}

/** Whether an object is an instance of a class as it was written: no own members, no subclass, no proxy. */
export function isGenuine(machine: object, Class: { readonly prototype: { scope(work: () => void): void } }): boolean {
  if (Object.getPrototypeOf(machine) !== Class.prototype || Reflect.ownKeys(machine).length > 0) return false;
  try {
    Class.prototype.scope.call(machine, () => undefined);
    return true;
  } catch {
    return false;
  }
}
