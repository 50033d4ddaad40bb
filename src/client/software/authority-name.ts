import type { Certificate } from '../../x509/certificate.ts'
import { formatName } from '../../x509/names/distinguished-name.ts'
import { printableText } from '../printable-text.ts'

const commonName = '2.5.4.3'
const longestName = 100

/** What lists call the certificate of an authority: its common name. */
export function authorityName({ subjectName }: Certificate): string {
  const attribute = subjectName.flat().find(({ type }) => type === commonName)
  return printableText(attribute?.value ?? formatName(subjectName), longestName)
}
