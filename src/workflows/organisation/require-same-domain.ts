import { CardinalError } from '../../domain/error.ts'
import type { Organisation } from '../../domain/organisation.ts'
import type { Reader } from '../ports/store.ts'

/**
 * Refuses another domain where there are people: their distinguished names and user principal names, and so what their
 * certificates say, follow from the old one, and would stand beside those of the new one.
 *
 * @throws CardinalError InvalidParameter
 */
export async function requireSameDomain(
  reader: Pick<Reader, 'findOrganisation' | 'listUsers'>,
  { domain, dnsName }: Organisation,
): Promise<void> {
  const kept = await reader.findOrganisation()
  if (kept === null || (kept.domain === domain && kept.dnsName === dnsName)) return
  const people = await reader.listUsers({ after: null, limit: 1 })
  if (people.length === 0) return
  throw new CardinalError(
    'InvalidParameter',
    `This is the organisation ${kept.name}, with the domain ${kept.domain} (${kept.dnsName}), and the file is for ${domain} ` +
      `(${dnsName}); nothing was changed. Where the file is meant for this organisation, write "domain": "${kept.domain}" and ` +
      `"dnsName": "${kept.dnsName}" into it. Another organisation needs a database of its own (CARDINAL_DATA_DIR or ` +
      'CARDINAL_DATABASE_URL).',
  )
}
