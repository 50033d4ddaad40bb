import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { CardinalError } from '../../src/domain/error.ts'
import { seesEverything } from '../../src/domain/permission.ts'
import { type Role, rightsOfRoles, roles } from '../../src/domain/role.ts'
import { everyScope, scopesOfRoles } from '../../src/domain/scope.ts'
import { requireAccountAccess } from '../../src/workflows/people/account-access.ts'
import { sampleUser } from '../store/records.ts'

test('docs/organisation.md says of every role what the rules give it', async () => {
  const page = await readFile(new URL('../../docs/organisation.md', import.meta.url), 'utf8')
  const [, section = ''] = page.split('### What a role brings\n')
  const [own = ''] = section.split('\n## ')
  const rows = [...own.matchAll(/^\| `([a-z-]+)` \| (.+) \| (yes|no) \| (yes|no) \| (.+) \|$/gm)]
  assert.deepEqual(
    rows.map(([, role, rights = '', sees, tends, reaches = '']) => [
      role,
      namesIn(rights),
      sees === 'yes',
      tends === 'yes',
      namesIn(reaches),
    ]),
    roles.map(role => {
      const held = new Set([role])
      const rights = [...rightsOfRoles(held)]
      return [role, rights, sees(role), tends(role), [...scopesOfRoles(held, true)]]
    }),
  )
})

test('without separated duties every role reaches everything', () => {
  for (const role of roles) assert.deepEqual(scopesOfRoles(new Set([role]), false), everyScope)
})

function namesIn(cell: string): string[] {
  return [...cell.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name)
}

function principalWith(role: Role) {
  const { uuid, sid } = sampleUser()
  return { uuid, sid, sids: new Set([sid]), roles: new Set([role]) }
}

function sees(role: Role): boolean {
  return seesEverything(principalWith(role))
}

/** Whether somebody with this role looks after sessions and API tokens of another. */
function tends(role: Role): boolean {
  const caller = {
    user: sampleUser(),
    principal: principalWith(role),
    scopes: everyScope,
    correlationId: 'c',
  }
  try {
    requireAccountAccess(caller, sampleUser().uuid)
    return true
  } catch (error) {
    assert.ok(error instanceof CardinalError && error.code === 'NotPermitted')
    return false
  }
}
