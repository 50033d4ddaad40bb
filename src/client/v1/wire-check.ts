import type { ApiClient, ApiRequest } from '../api-client.ts'
import { ApiError } from '../api-error.ts'

/** Throws {@link WireFault} where a value from the wire is not a T. Properties beyond T's are let through. */
export type WireCheck<T> = (value: unknown, path: string) => asserts value is T

class WireFault extends Error {}

export const text: WireCheck<string> = (value, path) => {
  if (typeof value !== 'string') throw new WireFault(`${path} is not a string`)
}

export const wholeNumber: WireCheck<number> = (value, path) => {
  if (!Number.isInteger(value)) throw new WireFault(`${path} is not a whole number`)
}

export const flag: WireCheck<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new WireFault(`${path} is not true or false`)
}

export function nullable<T>(check: WireCheck<T>): WireCheck<T | null> {
  return (value, path) => {
    if (value !== null) check(value, path)
  }
}

/** Also for properties that a server may leave out. */
export function optional<T>(check: WireCheck<T>): WireCheck<T | null | undefined> {
  return (value, path) => {
    if (value !== null && value !== undefined) check(value, path)
  }
}

export function arrayOf<T>(check: WireCheck<T>): WireCheck<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new WireFault(`${path} is not an array`)
    for (const [index, element] of value.entries()) check(element, `${path}[${index}]`)
  }
}

export function objectOf<T extends object>(
  checks: {
    readonly [Name in keyof T]-?: WireCheck<T[Name]>
  },
): WireCheck<T> {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new WireFault(`${path} is not an object`)
    }
    for (const name in checks) {
      const check: WireCheck<unknown> = checks[name]
      check(Reflect.get(value, name), `${path}.${name}`)
    }
  }
}

/** Sends, and checks the body of the answer. @throws ApiError unusable-answer where it is none of the contract's */
export async function call<T>(client: ApiClient, request: ApiRequest, check: WireCheck<T>): Promise<T> {
  const { status, body } = await client.send(request)
  try {
    check(body, 'the body')
    return body
  } catch (error) {
    if (!(error instanceof WireFault)) throw error
    const url = `${client.apiUrl}/${request.path.split('?')[0]}`
    throw new ApiError(
      'unusable-answer',
      `${request.method} ${url} answered ${status}, but ${error.message}. The server speaks another version of the API.`,
      { method: request.method, url, status },
    )
  }
}

/** As {@link call}, for a list: 204 is the empty one (contract §1). */
export async function callForList<T>(
  client: ApiClient,
  request: ApiRequest,
  check: WireCheck<T>,
): Promise<readonly T[]> {
  return (await call(client, request, nullable(arrayOf(check)))) ?? []
}

const uriOfNewObject = /^\/?(?:[^/]+\/)*([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/?$/i

/** The address of a new object, such as `api/v1.0/requests/<guid>`. */
export const newObjectUri: WireCheck<string> = (value, path) => {
  if (typeof value !== 'string' || !uriOfNewObject.test(value)) {
    throw new WireFault(`${path} is not the address of a new object`)
  }
}

/** The GUID at the end of a {@link newObjectUri}, in lower case. */
export function uuidOfUri(uri: string): string {
  return (uriOfNewObject.exec(uri)?.[1] ?? '').toLowerCase()
}

/**
 * One segment of a path.
 *
 * @throws TypeError for a value that is none
 */
export function encode(value: string): string {
  // A URL takes these for steps in the path, encoded ones too (WHATWG URL §4.4), and would call another operation.
  if (value === '' || value === '.' || value === '..') {
    throw new TypeError(`"${value}" cannot stand in a path.`)
  }
  return encodeURIComponent(value)
}

/** `?a=1&b=2` of the parameters that are given; empty where none is. */
export function query(parameters: Readonly<Record<string, string | null | undefined>>): string {
  const given = Object.entries(parameters).flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return given.length === 0 ? '' : `?${given.join('&')}`
}
