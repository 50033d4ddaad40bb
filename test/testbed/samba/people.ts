import { Attribute, Change, type Client } from 'ldapts'

export interface TestUser {
  readonly name: string
  readonly password?: string
  /** Below this container; the domain's own for users where it is left out. */
  readonly container?: string
  /** Attributes besides those that every user has. */
  readonly attributes?: Readonly<Record<string, string>>
}

/** NORMAL_ACCOUNT and DONT_EXPIRE_PASSWORD (MS-ADTS 2.2.16). */
const normalAccount = 0x200 + 0x10000
const accountDisabled = 0x2

/** Makes a user who can sign in where a password is given and who is disabled otherwise; its distinguished name. */
export async function createUser(client: Client, baseDn: string, user: TestUser): Promise<string> {
  const dn = `CN=${escapeName(user.name)},${user.container ?? `CN=Users,${baseDn}`}`
  const { password } = user
  await client.add(dn, [
    attribute('objectClass', 'user'),
    attribute('sAMAccountName', user.name),
    attribute(
      'userAccountControl',
      String(password === undefined ? normalAccount + accountDisabled : normalAccount),
    ),
    ...(password === undefined ? [] : [new Attribute({ type: 'unicodePwd', values: [quoted(password)] })]),
    ...Object.entries(user.attributes ?? {}).map(([type, value]) => attribute(type, value)),
  ])
  return dn
}

/** Makes a group with these members; its distinguished name. */
export async function createGroup(
  client: Client,
  baseDn: string,
  name: string,
  members: readonly string[],
): Promise<string> {
  const dn = `CN=${escapeName(name)},CN=Users,${baseDn}`
  const attributes = [attribute('objectClass', 'group'), attribute('sAMAccountName', name)]
  if (members.length > 0) attributes.push(new Attribute({ type: 'member', values: [...members] }))
  await client.add(dn, attributes)
  return dn
}

export async function addMember(client: Client, group: string, member: string): Promise<void> {
  await client.modify(group, new Change({ operation: 'add', modification: attribute('member', member) }))
}

export async function replaceAttributes(
  client: Client,
  dn: string,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  await client.modify(
    dn,
    Object.entries(attributes).map(
      ([type, value]) => new Change({ operation: 'replace', modification: attribute(type, value) }),
    ),
  )
}

/** RFC 4514 §2.4. */
export function escapeName(name: string): string {
  return name
    .replace(/[\\"+,;<>=#]/g, character => `\\${character}`)
    .replace(/^ | $/g, '\\ ')
    .replaceAll('\0', '\\00')
}

function attribute(type: string, value: string): Attribute {
  return new Attribute({ type, values: [value] })
}

/** MS-ADTS 3.1.1.3.1.5: between quotation marks, as UTF-16. */
function quoted(password: string): Buffer {
  return Buffer.from(`"${password}"`, 'utf16le')
}
