import { UsageError } from '../usage-error.ts'

/**
 * In lower case.
 *
 * @param option such as `--request`
 * @throws UsageError
 */
export function requireUuid(text: string, option: string): string {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase()
  throw new UsageError(
    `${option} wants a UUID such as the portal shows, for instance 1c83c03f-0f1e-491d-b03d-b970d439cede.`,
  )
}
