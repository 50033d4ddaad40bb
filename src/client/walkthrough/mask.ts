import type { ApiRequest, ApiResponse } from '../library/transport.ts'
import type { StepRequest, StepResponse } from './walkthrough-step.ts'

/** What stands in place of a secret, whatever its length. */
export const mask = '********'

/** Routes whose whole answer is a secret. */
const secretAnswers = /\/(?:diversifiedkey|authenticationresponse|serverproposedpin)(?:\?|$)/i

/** Query parameters that belong to a secret: who has challenge and response can search for the key. */
const secretParameters = /(?<=[?&](?:challenge|pin|password|response)=)[^&]*/gi

/** Properties that are secrets or may be, by their names in lower case. */
const secretProperties: ReadonlySet<string> = new Set([
  'defaultadminkeyhex',
  'cardinitializationdata',
  'secretproviderdata',
  'onetimepassword',
  'pfxpassword',
  'password',
  'pfx',
  'pin',
])

/** Base64 beyond this is only shown by its beginning. */
const longestText = 64
const shownOfLongText = 24

/** The request line and body without secrets. @param directory the path above `v1.0/` */
export function maskRequest(request: ApiRequest, directory: string): StepRequest {
  return {
    method: request.method,
    path: `${directory}/${request.path}`.replace(secretParameters, mask),
    body: request.body === undefined ? null : maskValue(request.body),
  }
}

/** The answer without secrets. */
export function maskResponse(request: ApiRequest, response: ApiResponse): StepResponse {
  const isSecret = secretAnswers.test(request.path) && response.body !== null
  return { status: response.status, body: isSecret ? mask : maskValue(response.body) }
}

/** Masks secret properties at any depth, and shortens long texts such as certificates. */
export function maskValue(value: unknown): unknown {
  if (typeof value === 'string') return shorten(value)
  if (Array.isArray(value)) return value.map(maskValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, property]) => [
      name,
      secretProperties.has(name.toLowerCase()) ? maskSecret(property) : maskValue(property),
    ]),
  )
}

/** That there is no secret is none. */
function maskSecret(value: unknown): unknown {
  return value === null || value === '' ? value : mask
}

function shorten(text: string): string {
  if (text.length <= longestText) return text
  return `${text.slice(0, shownOfLongText)}… (${text.length} characters)`
}
