import { equalBytes } from '../der/bytes.ts'
import { encodeName, findAttributeFault } from '../names/distinguished-name.ts'
import type { GeneralName } from '../names/general-name.ts'
import type { LintRule } from './lint-rule.ts'

const dnsName = /^(?:\*\.)?(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*$/
const mailbox = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}$/
const userPrincipalName = /^[^\s@]{1,}@[^\s@]{1,}$/u

/** The subject's names. */
export const nameRules: readonly LintRule[] = [
  {
    id: 'subject-attributes',
    clause: 'RFC 5280 Appendix A.1',
    check: ({ tbs }) => {
      for (const { type, value } of tbs.subjectName.flat()) {
        const fault = findAttributeFault(type, value)
        if (fault !== null) return `attribute ${type} ${fault}`
      }
      return null
    },
  },
  {
    id: 'subject-string-types',
    clause: 'RFC 5280 §4.1.2.4',
    // Our encoding is the prescribed one; a CA keeps its name byte for byte when it is renewed, however it was written.
    check: ({ tbs, extensions }) => {
      if (extensions.basicConstraints?.value.ca === true) return null
      if (tbs.subjectName.flat().some(({ type, value }) => findAttributeFault(type, value) !== null))
        return null
      return equalBytes(encodeName(tbs.subjectName), tbs.subject)
        ? null
        : 'a string of an outdated or wrong type'
    },
  },
  {
    id: 'ca-subject-not-empty',
    clause: 'RFC 5280 §4.1.2.6',
    check: ({ tbs, extensions }) =>
      extensions.basicConstraints?.value.ca === true && tbs.subjectName.length === 0
        ? 'a CA without name'
        : null,
  },
  {
    id: 'empty-subject-needs-alternative-name',
    clause: 'RFC 5280 §4.1.2.6, §4.2.1.6',
    check: ({ tbs, extensions }) =>
      tbs.subjectName.length === 0 && extensions.subjectAlternativeName === null
        ? 'neither a subject nor an alternative name'
        : null,
  },
  {
    id: 'alternative-name-criticality',
    clause: 'RFC 5280 §4.2.1.6',
    check: ({ tbs, extensions }) => {
      if (extensions.subjectAlternativeName === null) return null
      const wanted = tbs.subjectName.length === 0
      if (extensions.subjectAlternativeName.critical === wanted) return null
      return wanted ? 'not critical although the subject is empty' : 'critical although there is a subject'
    },
  },
  {
    id: 'alternative-name-values',
    clause: 'RFC 5280 §4.2.1.6',
    check: ({ extensions }) => {
      const wrong = extensions.subjectAlternativeName?.value.find(name => !hasProperValue(name))
      return wrong === undefined ? null : `a malformed ${wrong.type}`
    },
  },
]

function hasProperValue(name: GeneralName): boolean {
  switch (name.type) {
    case 'dNSName':
      return name.value.length <= 253 && dnsName.test(name.value)
    case 'rfc822Name':
      return mailbox.test(name.value)
    case 'userPrincipalName':
      return userPrincipalName.test(name.value)
    case 'uniformResourceIdentifier':
      return URL.canParse(name.value)
    default:
      return true
  }
}
