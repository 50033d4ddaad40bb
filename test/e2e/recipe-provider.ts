import { mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type OpenIdProvider, startOpenIdProvider } from '../testbed/openid-provider.ts'
import { startReaderShell } from '../testbed/reader-shell.ts'
import { freePort } from '../testbed/server.ts'
import type { RecipeOptions } from './documented-recipe.ts'
import { writeCommands } from './recipe-commands.ts'

const { PATH = '' } = process.env

/** A provider with which Cardinal is registered, and a machine for the demo organisation. */
export interface RecipeProvider extends Required<RecipeOptions> {
  readonly provider: OpenIdProvider
  stop(): Promise<void>
}

export async function startRecipeProvider(): Promise<RecipeProvider> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'cardinal-recipe-'))
  const port = await freePort()
  const publicUrl = `http://127.0.0.1:${port}`
  const provider = await startOpenIdProvider({ publicUrl })
  const shell = await startReaderShell({
    folder,
    hosts: {},
    environment: {
      PATH: `${await writeCommands(folder)}:${PATH}`,
      CARDINAL_PORT: String(port),
      CARDINAL_CERTIFICATION_AUTHORITY_KEY_ALGORITHM: 'EC-P256',
    },
  })
  await writeFile(path.join(shell.folder, 'token'), await provider.accessToken('alice'))
  return {
    provider,
    shell,
    typed: { '(umask 077; cat > client-secret)': () => provider.clientSecret },
    substitutions: {
      'https://keycloak.contoso.com/realms/contoso': provider.issuer,
      'https://pki.contoso.com': publicUrl,
    },
    async stop() {
      await shell.stop()
      await provider[Symbol.asyncDispose]()
    },
  }
}
