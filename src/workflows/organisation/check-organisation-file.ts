import { CardinalError } from '../../domain/error.ts'
import type { OrganisationFile } from './organisation-file.ts'

type CertificateTemplateEntry = OrganisationFile['certificateTemplates'][number]
type ProfileTemplateEntry = OrganisationFile['profileTemplates'][number]
type PolicyEntry = ProfileTemplateEntry['policies'][number]

/** The lint signs no certificate for a shorter RSA key. */
const shortestRsaKey = 2048
const curveSizes = [256, 384]

/**
 * Finds what has the right shape and could never work, before somebody's request runs into it.
 *
 * @param isBesideCompany whether there is a company's directory, to publish certificates in
 * @throws CardinalError InvalidParameter that names every fault
 */
export function checkOrganisationFile(file: OrganisationFile, isBesideCompany: boolean): void {
  const faults = [
    ...file.certificateTemplates.flatMap(template =>
      certificateTemplateFaults(template, isBesideCompany).map(
        fault => `certificate template "${template.commonName}": ${fault}`,
      ),
    ),
    ...file.profileTemplates.flatMap(template =>
      profileTemplateFaults(template).map(fault => `profile template "${template.name}": ${fault}`),
    ),
  ]
  if (faults.length > 0) {
    throw new CardinalError('InvalidParameter', `The organisation file has faults:\n  ${faults.join('\n  ')}`)
  }
}

function certificateTemplateFaults(
  { key, publishToDirectory }: CertificateTemplateEntry,
  isBesideCompany: boolean,
): string[] {
  if (publishToDirectory === true && !isBesideCompany) {
    return ['publishToDirectory needs an LDAP directory; set ldap.urls']
  }
  if (key.algorithm === 'RSA' && key.keySize < shortestRsaKey) {
    return [`RSA keys have at least ${shortestRsaKey} bits`]
  }
  if (key.algorithm === 'EC' && !curveSizes.includes(key.keySize)) return ['EC keys have 256 or 384 bits']
  return []
}

function profileTemplateFaults(template: ProfileTemplateEntry): string[] {
  const { certificateTemplates, policies, smartcard } = template
  const faults = repeated(certificateTemplates).map(name => `names "${name}" twice`)
  faults.push(...repeated(policies.map(({ type }) => type)).map(type => `has two ${type} policies`))
  const limits = smartcard?.userPinPolicy
  if (limits !== undefined && limits.minimumLength > limits.maximumLength) {
    faults.push('the shortest PIN is longer than the longest')
  }
  for (const policy of policies) {
    faults.push(...policyFaults(policy).map(fault => `${policy.type} policy: ${fault}`))
  }
  return faults
}

function policyFaults(policy: PolicyEntry): string[] {
  const faults: string[] = []
  if ((policy.approvalsNeeded ?? 0) > 0 && (policy.authorizedApprovers ?? []).length === 0) {
    faults.push('needs approvals, and nobody may approve')
  }
  if (policy.enrollAgentRequired === true && (policy.authorizedEnrollmentAgents ?? []).length === 0) {
    faults.push('needs an enrollment agent, and names none')
  }
  for (const { name, validation } of policy.dataCollection ?? []) {
    if (validation?.type === 'regular-expression' && !isRegularExpression(validation.data)) {
      faults.push(`"${name}" is validated by what is no regular expression`)
    }
  }
  return faults
}

function isRegularExpression(pattern: string): boolean {
  try {
    return new RegExp(pattern, 'u') instanceof RegExp
  } catch {
    return false
  }
}

function repeated<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
}
