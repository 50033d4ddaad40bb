import { SignInRefusal } from '../sign-in-refusal.ts'
import { printable } from './gssapi-refusal.ts'
import { readLogonSid } from './kerberos/logon-information.ts'
import { readSignedLogonInformation } from './kerberos/privilege-attributes.ts'
import { PrivilegeAttributesError } from './kerberos/privilege-attributes-error.ts'
import type { OpenedTicket } from './ticket-opener.ts'

/**
 * The security identifier of the account that a ticket was issued to, by the domain controller's own signed word. Accounts
 * keep it when they are renamed.
 *
 * @returns null where the ticket does not say: of another key distribution center than Active Directory's, or made without
 * @throws SignInRefusal unreadable-ticket
 */
export function readTicketSid({ client, privilegeAttributes, serviceKey }: OpenedTicket): string | null {
  if (privilegeAttributes === null) return null
  try {
    const information = readSignedLogonInformation(privilegeAttributes, serviceKey)
    return information === null ? null : readLogonSid(information)
  } catch (error) {
    if (!(error instanceof PrivilegeAttributesError)) throw error
    throw new SignInRefusal(
      'unreadable-ticket',
      `The privilege attribute certificate in the ticket of ${printable(client)} is refused: ${error.message}.`,
      error,
    )
  }
}
