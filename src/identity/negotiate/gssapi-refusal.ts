import { SignInRefusal } from '../sign-in-refusal.ts'

/**
 * The library's own sentences (MIT Kerberos, krb5_err.et and the extended messages of rd_req_dec.c), what a log is
 * searched by, and what to do. The package hands on texts only, no status codes.
 */
const refusals: readonly (readonly [sentence: RegExp, reason: string, advice: string])[] = [
  [/Request is a replay/, 'replayed-token', 'The token was used before.'],
  [/Ticket expired/, 'expired-ticket', 'The ticket has expired; the client must get a new one.'],
  [/Ticket not yet valid/, 'ticket-not-yet-valid', 'The ticket is not valid yet; compare the clocks.'],
  [
    /Clock skew too great/,
    'clock-skew',
    'The clocks of the client and of this server differ too much; set both by the domain.',
  ],
  [
    /kvno \d+ not found in keytab/,
    'unknown-key-version',
    'The keytab has no key of this version: the account got a new password. Make a new keytab.',
  ],
  [
    /not found in keytab|No key table entry found|Wrong principal in request|server in request/i,
    'wrong-service-principal',
    'The keytab has no key for this service principal.',
  ],
  [
    /found in keytab but cannot decrypt/,
    'wrong-key',
    'The key in the keytab is not the one that the domain uses. Make a new keytab.',
  ],
  [
    /encryption type|enctype/i,
    'unsupported-encryption',
    'The ticket is encrypted in a way that this machine does not allow.',
  ],
  [/Decrypt integrity check failed/, 'tampered-token', 'The token was changed on its way, or made up.'],
]

const longestDetail = 300

/** Why the library did not accept a token. */
export function gssapiRefusal(error: unknown, ticketFor: string): SignInRefusal {
  const said = error instanceof Error ? error.message : String(error)
  const [, reason, advice] = refusals.find(([sentence]) => sentence.test(said)) ?? [
    null,
    'kerberos-failure',
    'Kerberos did not accept the token.',
  ]
  const detail = said.replace(/^Unspecified GSS failure\. +Minor code may provide more information: /, '')
  return new SignInRefusal(reason, `${advice} (ticket for ${ticketFor}: ${printable(detail)})`)
}

/** Names in tokens and messages are what a stranger wrote. */
export function printable(text: string): string {
  return text.slice(0, longestDetail).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')
}
