import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { hostname, release, userInfo } from 'node:os'
import { join, relative } from 'node:path'
import { defaultPinPolicy, randomPin } from '../../card/secrets/pin.ts'
import { newCardInMemory } from '../../client/cards/new-card-in-memory.ts'
import { renderJson, renderStep, renderSummary } from '../../client/walkthrough/render.ts'
import { runWalkthrough } from '../../client/walkthrough/run-walkthrough.ts'
import type { WalkthroughResult } from '../../client/walkthrough/walkthrough-result.ts'
import type { WalkthroughStep } from '../../client/walkthrough/walkthrough-step.ts'
import type { Configuration } from '../../config/configuration.ts'
import { connectClient } from '../connect-client.ts'
import { makeDataFolder } from '../environment/make-data-folder.ts'
import { negotiateCredentials } from '../environment/negotiate-credentials.ts'
import { readAccountsFile } from '../organisation/accounts-file.ts'
import { demoAccountsFile } from '../organisation/import-demo.ts'
import { readPassword } from '../terminal/read-password.ts'
import { UsageError } from '../usage-error.ts'
import { findOrStartServer, runningTarget, type WalkthroughTarget } from './walkthrough-target.ts'

export interface WalkthroughArguments {
  readonly url?: string | undefined
  readonly user?: string | undefined
  readonly 'password-file'?: string | undefined
  /** Sign in with the caller's Kerberos tickets instead. */
  readonly negotiate?: boolean | undefined
  readonly out?: string | undefined
  readonly json: boolean
}

/**
 * `cardinal walkthrough`: the published sample enrollment against a server: the one at `--url`, otherwise the one that
 * the configuration describes; where that does not run, one of its own for as long as it takes.
 */
export async function walkthrough(configuration: Configuration, given: WalkthroughArguments): Promise<void> {
  const target =
    given.url === undefined
      ? await findOrStartServer(configuration, given.json)
      : runningTarget(given.url, configuration.dataDir)
  try {
    await enroll(configuration, target, given)
  } finally {
    await target.close()
  }
}

async function enroll(
  configuration: Configuration,
  { url, dataDir, resultFolder }: WalkthroughTarget,
  given: WalkthroughArguments,
): Promise<void> {
  // Whom the tickets name is for the server to find out; this only says who runs the client.
  const user = given.user ?? (given.negotiate === true ? userInfo().username : 'alice')
  const credentials =
    given.negotiate === true
      ? negotiateCredentials(url)
      : { user, password: await passwordOf(user, given['password-file'], dataDir) }
  const steps: WalkthroughStep[] = []
  const color = process.stdout.isTTY
  const print = (text: string) => given.json || process.stdout.write(`${text}\n\n`)
  let result: WalkthroughResult | null = null
  try {
    result = await runWalkthrough({
      client: connectClient(url, credentials),
      createCard: newCardInMemory,
      answers: { 'Request Reason': 'Need VPN Certs' },
      pin: randomPin(defaultPinPolicy, 8, randomInt),
      description: {
        osVersion: release().replaceAll(/[^A-Za-z0-9.]/g, '.'),
        machineName: hostname(),
        userName: user,
        processName: 'cardinal',
      },
      report: step => {
        steps.push(step)
        print(renderStep(step, { color }))
      },
    })
  } finally {
    if (given.json) process.stdout.write(`${renderJson(steps, result)}\n`)
  }
  if (given.out === undefined) await makeDataFolder(configuration.dataDir)
  const folder = given.out ?? resultFolder
  await writeResult(folder, result)
  print(renderSummary(result, { color }))
  print(verification(folder))
}

async function writeResult(folder: string, result: WalkthroughResult): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'certificate.pem'), result.certificatePem)
  await writeFile(join(folder, 'issuing.pem'), result.issuingCertificatePem)
  await writeFile(join(folder, 'root.pem'), result.rootCertificatePem)
  await writeFile(join(folder, 'public-key.pem'), result.publicKeyPem)
}

function verification(folder: string): string {
  const near = relative(process.cwd(), folder)
  const file = (name: string) => join(near.startsWith('..') ? folder : near, name)
  return [
    'See for yourself:',
    `  openssl verify -CAfile ${file('root.pem')} -untrusted ${file('issuing.pem')} ${file('certificate.pem')}`,
    `  certtool --certificate-info --infile ${file('certificate.pem')}`,
  ].join('\n')
}

function passwordOf(user: string, file: string | undefined, dataDir: string): Promise<string> {
  return file === undefined ? demoPassword(dataDir, user) : readPassword(file, '--password-file')
}

async function demoPassword(dataDir: string, user: string): Promise<string> {
  const file = demoAccountsFile({ dataDir })
  const account = (await readAccountsFile(file)).find(one => one.user === user)
  if (account !== undefined) return account.password
  throw new UsageError(
    existsSync(file)
      ? `${file} has no password for ${user}. Give --password-file.`
      : `There is no ${file} with the password of ${user}. Of a server with the demo, set CARDINAL_DATA_DIR to its data ` +
          'folder. Of one with your own organisation, give --user and --password-file of somebody who may enroll for the ' +
          'profile template "Virtual Smartcard VPN" of demo/contoso.json.',
  )
}
