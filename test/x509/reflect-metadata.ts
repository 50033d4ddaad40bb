/*
 * The part of the Reflect metadata proposal that @peculiar/x509's container asks for when it is loaded. Import this
 * before the library.
 */

const metadata = new WeakMap<object, Map<unknown, unknown>>()

function define(key: unknown, value: unknown, target: object): void {
  const own = metadata.get(target) ?? new Map<unknown, unknown>()
  own.set(key, value)
  metadata.set(target, own)
}

function getOwn(key: unknown, target: object): unknown {
  return metadata.get(target)?.get(key)
}

function get(key: unknown, target: object): unknown {
  const parent: object | null = Object.getPrototypeOf(target)
  return getOwn(key, target) ?? (parent === null ? undefined : get(key, parent))
}

Object.assign(Reflect, {
  defineMetadata: define,
  getMetadata: get,
  getOwnMetadata: getOwn,
  metadata: (key: unknown, value: unknown) => (target: object) => define(key, value, target),
})
