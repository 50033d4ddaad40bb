import { printable } from './gssapi-refusal.ts'

/** Why we could not authenticate. */
export interface GssapiInitiationFault {
  /** `credentials`: the keys or the account are at fault, and asking again does not help. */
  readonly kind: 'credentials' | 'unreachable'
  /** What happened, and what to do. */
  readonly message: string
  /** No KDC was reached, which says nothing of the tickets that we have. */
  readonly isWithoutKdc: boolean
}

export interface GssapiInitiationNames {
  readonly principal: string
  /** As in `ldap/dc1.contoso.com`. */
  readonly service: string
  readonly keytabFile: string
}

interface Sentence {
  readonly said: RegExp
  readonly kind: GssapiInitiationFault['kind']
  readonly isWithoutKdc?: true
  advice(names: GssapiInitiationNames): string
}

const tryIt = ({ keytabFile, principal }: GssapiInitiationNames) =>
  `Try it: kinit -k -t ${keytabFile} ${principal}`

/** The library's own sentences (MIT Kerberos, krb5_err.et and kdc error tables). The package hands on texts only. */
const sentences: readonly Sentence[] = [
  {
    said: /Can't find client principal|Key table|key table entry|no suitable keys/i,
    kind: 'credentials',
    advice: names =>
      `${names.keytabFile} cannot be read or holds no key for ${names.principal}. ${tryIt(names)}`,
  },
  {
    said: /Preauthentication failed|Password incorrect|Decrypt integrity check failed/,
    kind: 'credentials',
    advice: names =>
      `the domain does not take the key of ${names.keytabFile}: the account got a new password. Make a new keytab. ` +
      tryIt(names),
  },
  {
    said: /Client .*not found in Kerberos database/,
    kind: 'credentials',
    advice: names => `the domain has no account of this name. ${tryIt(names)}`,
  },
  {
    said: /credentials have been revoked|Password has expired|Client's entry in database has expired/i,
    kind: 'credentials',
    advice: names => `the account is disabled, expired or locked. ${tryIt(names)}`,
  },
  {
    said: /Server .*not found in Kerberos database|Server not found/,
    kind: 'unreachable',
    advice: ({ service }) =>
      `the domain has no service principal ${service}. The URL must have the controller's own full name, and ` +
      'rdns = false in krb5.conf keeps it from being changed',
  },
  {
    said: /Cannot contact any KDC|Cannot find KDC|Cannot resolve .*KDC|Resource temporarily unavailable/,
    kind: 'unreachable',
    isWithoutKdc: true,
    advice: () => 'no domain controller answers for Kerberos (port 88)',
  },
  {
    said: /Clock skew too great/,
    kind: 'unreachable',
    advice: () => "this machine's clock differs too much from the domain's",
  },
]

/** @param error what the package threw */
export function gssapiInitiationFault(error: unknown, names: GssapiInitiationNames): GssapiInitiationFault {
  const text = error instanceof Error ? error.message : String(error)
  const known = sentences.find(({ said }) => said.test(text))
  const advice = known?.advice(names) ?? `no authentication at ${names.service}`
  return {
    kind: known?.kind ?? 'unreachable',
    message: `Kerberos as ${names.principal}: ${advice} (${printable(withoutPrefix(text))})`,
    isWithoutKdc: known?.isWithoutKdc ?? false,
  }
}

/** RFC 2744's sentence for the major status, which says nothing by itself. */
function withoutPrefix(text: string): string {
  return text.replace(
    /^(Unspecified GSS failure\. +Minor code may provide more information|No credentials were supplied, or the credentials were unavailable or inaccessible): /,
    '',
  )
}
