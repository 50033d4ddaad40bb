import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { startReaderShell } from '../testbed/reader-shell.ts'
import { createUser } from '../testbed/samba/people.ts'
import { type SambaDomain, startSamba } from '../testbed/samba.ts'
import { parseAccounts } from '../testbed/server.ts'
import { createOpensslAuthority } from './client-certificate-authority.ts'
import type { RecipeOptions } from './documented-recipe.ts'
import { checkout, writeCommands } from './recipe-commands.ts'

const { PATH = '' } = process.env

/** A company with Active Directory, whose people exist and which does not know of Cardinal yet. */
export interface RecipeDomain extends Required<Omit<RecipeOptions, 'substitutions'>> {
  readonly samba: SambaDomain
  /** What the recipe leaves to the reader between the controller and Cardinal's machine: to bring files over. */
  bringFilesOver(): Promise<void>
  stop(): Promise<void>
}

export async function startRecipeDomain(): Promise<RecipeDomain> {
  const samba = await startSamba()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-recipe-'))
  const password = `Pa55 ${randomBytes(9).toString('base64url')}`
  let servicePassword = newServicePassword()
  await samba.administer(async client => {
    const user = (name: string, displayName: string) =>
      createUser(client, samba.baseDn, {
        name,
        password,
        attributes: { displayName, mail: `${name}@contoso.test`, userPrincipalName: `${name}@contoso.test` },
      })
    await user('alice', 'Alice Adams')
    await user('mona', 'Mona Meyer')
    await user('ada', 'Ada Albers')
  })
  const authority = await createOpensslAuthority(path.join(folder, 'authority'), 'Contoso Root CA')
  const trusted = path.join(folder, 'company-root.pem')
  await writeFile(trusted, samba.authorities.trusted + (await readFile(authority.certificate, 'utf8')))
  const shell = await startReaderShell({
    folder,
    // The controller's own address ends in 1, and Cardinal's must not be one that Samba listens on.
    hosts: {
      'dc1.contoso.test': samba.address,
      'cardinal.contoso.test': samba.address.replace(/\.\d+$/, '.3'),
    },
    environment: {
      PATH: `${await writeCommands(folder)}:${PATH}`,
      SMB_CONF_PATH: path.join(path.dirname(samba.krb5Configuration), 'smb.conf'),
      KRB5_CONFIG: samba.krb5Configuration,
      KRB5CCNAME: `FILE:${path.join(folder, 'tickets')}`,
      // The company's machines trust its authorities.
      CURL_CA_BUNDLE: trusted,
      LDAPTLS_CACERT: trusted,
      CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
    },
  })
  const within = (...names: string[]) => path.join(shell.folder, ...names)
  await symlink(path.join(checkout, 'demo'), within('demo'))

  return {
    samba,
    shell,
    typed: {
      'samba-tool user add svc-cardinal': () => `${servicePassword}\n${servicePassword}\n`,
      '(umask 077; cat > etc/ldap-password)': () => `${servicePassword}\n`,
      'samba-tool user setpassword svc-cardinal': () => {
        servicePassword = newServicePassword()
        return `${servicePassword}\n${servicePassword}\n`
      },
      ldapmodify: () => `${samba.administrator.password}\n`,
      // To bring the keytab over is left to the reader too.
      'kinit -k': async () => {
        await copyFile(within('directory.keytab'), within('etc', 'directory.keytab'))
        return ''
      },
      kinit: () => `${password}\n`,
      "curl -s -u 'CONTOSO\\mona'": () => `${password}\n`,
      "curl -s -u 'LOCAL\\admin'": async () => {
        const [account] = parseAccounts(await readFile(within('data', 'new-accounts.json'), 'utf8'))
        return `${account?.password}\n`
      },
    },
    async bringFilesOver() {
      const server = await authority.issue('cardinal.contoso.test', {
        extensions: ['extendedKeyUsage = serverAuth', 'subjectAltName = DNS:cardinal.contoso.test'],
      })
      await mkdir(within('etc'))
      await copyFile(within('cardinal.keytab'), within('etc', 'cardinal.keytab'))
      await copyFile(trusted, within('etc', 'company-root.pem'))
      await copyFile(server.certificate, within('etc', 'server.pem'))
      await copyFile(server.key, within('etc', 'server.key'))
    },
    async stop() {
      await shell.stop()
      await samba.stop()
    },
  }
}

/** Three kinds of characters at least, whatever the rest comes to. */
function newServicePassword(): string {
  return `Aa1-${randomBytes(18).toString('base64url')}`
}
