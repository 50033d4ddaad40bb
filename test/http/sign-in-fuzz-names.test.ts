import { after } from 'node:test'
import { startServerOfSchemes } from './authorization/server-of-schemes.ts'
import { type Company, describeNames } from './sign-in-fuzz-names.ts'

async function ofOurOwn(): Promise<Company> {
  const server = await startServerOfSchemes({ CARDINAL_OPEN_ID_CONNECT_GROUPS_CLAIM: 'groups' })
  after(() => server[Symbol.asyncDispose]())
  return { server, administrator: 'admin', group: 'Managers' }
}

describeNames('of our own', false, ofOurOwn)
