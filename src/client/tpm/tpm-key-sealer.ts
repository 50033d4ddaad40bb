import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CardFileError } from '../card-reader/card-file-error.ts'
import type { KeySealer, SealedKey } from '../card-reader/key-sealer.ts'
import { type Environment, type TpmAccess, TpmRefusal, type TpmTools, withTpmTools } from './tpm-tools.ts'

/** Response codes (TPM 2.0 Library, Part 2, §6.6) with the parameter or session that they are about. */
const badIntegrity = 0x1df
const noPlaceForObject = 0x902
const badOwnerPassword = 0x9a2

const keyLength = 32
/** Milliseconds. A TPM may take seconds to make a key; one that hangs is not waited for. */
const patience = 30_000

/** Made anew each time from the owner's seed: the same until the TPM is cleared, and on no other TPM (Part 1, §14.4). */
const storageKey = [
  ...['--hierarchy', 'o', '--hash-algorithm', 'sha256', '--key-algorithm', 'ecc256:aes128cfb'],
  ...['--attributes', 'restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda'],
]

/**
 * Seals keys by the TPM 2.0 of this machine, through tpm2-tools. No PCR is part of it: an update of firmware or system
 * leaves cards as they are. There is no password to guess, and so nothing that the TPM's protection against guessing
 * could lock (noda). What the key is sent in, each way, is encrypted for the TPM's storage key; unsealing checks first that it
 * is the one that sealed, so that nobody on the bus can put another in its place.
 */
export function tpmKeySealer(
  environment: Environment,
  { timeLimit = patience, platform = process.platform } = {},
): KeySealer {
  const access = { environment, timeLimit, platform }
  return {
    seal: (key, file) =>
      inSession(access, file, async (tools, sealerName) => {
        const parts = ['--public', 'sealed.pub', '--private', 'sealed.priv']
        await run(
          tools,
          'tpm2_create',
          [
            ...['--parent-context', 'storage.ctx', '--hash-algorithm', 'sha256'],
            ...['--attributes', 'fixedtpm|fixedparent|userwithauth|noda', '--sealing-input', '-'],
            ...[...parts, '--session', 'session.ctx', '--quiet'],
          ],
          key,
        )
        return {
          sealerName,
          publicPart: await readFile(join(tools.folder, 'sealed.pub')),
          privatePart: await readFile(join(tools.folder, 'sealed.priv')),
        }
      }),
    unseal: (sealed, file) =>
      inSession(
        access,
        file,
        async tools => {
          await load(tools, sealed, file)
          const key = await run(tools, 'tpm2_unseal', [
            ...['--object-context', 'sealed.ctx', '--auth', 'session:session.ctx'],
          ])
          if (key.length !== keyLength) throw damaged(file)
          return key
        },
        sealed.sealerName,
      ),
  }
}

async function inSession<Result>(
  access: TpmAccess,
  file: string,
  use: (tools: TpmTools, sealerName: Uint8Array) => Promise<Result>,
  expectedName?: Uint8Array,
): Promise<Result> {
  return await withTpmTools(access, file, async tools => {
    try {
      const sealerName = await makeStorageKey(tools)
      if (expectedName !== undefined && !Buffer.from(expectedName).equals(sealerName))
        throw sealedElsewhere(file)
      // -c alone switches encryption on in both directions, and salts with the key.
      const session = ['--hmac-session', '-c', 'storage.ctx', '--session', 'session.ctx']
      await run(tools, 'tpm2_startauthsession', session)
      try {
        return await use(tools, sealerName)
      } finally {
        // Where this fails too, the first failure is the one to tell.
        await tools.run('tpm2_flushcontext', ['session.ctx']).catch(() => undefined)
      }
    } catch (error) {
      throw error instanceof TpmRefusal ? refused(error, file) : error
    }
  })
}

/** Its name is the hash of its public area (Part 1, §16). */
async function makeStorageKey(tools: TpmTools): Promise<Uint8Array> {
  const contexts = ['--key-context', 'storage.ctx', '--output', 'storage.pub', '--quiet']
  const make = () => run(tools, 'tpm2_createprimary', [...storageKey, ...contexts])
  try {
    await make()
  } catch (error) {
    if (!(error instanceof TpmRefusal) || error.code !== noPlaceForObject) throw error
    // Whoever left them was killed.
    await tools.run('tpm2_flushcontext', ['--transient-object'])
    await make()
  }
  const publicPart = await readFile(join(tools.folder, 'storage.pub'))
  return Buffer.concat([Buffer.of(0x00, 0x0b), createHash('sha256').update(publicPart.subarray(2)).digest()])
}

async function load(tools: TpmTools, { publicPart, privatePart }: SealedKey, file: string): Promise<void> {
  await writeFile(join(tools.folder, 'sealed.pub'), publicPart)
  await writeFile(join(tools.folder, 'sealed.priv'), privatePart)
  try {
    await run(tools, 'tpm2_load', [
      ...['--parent-context', 'storage.ctx', '--public', 'sealed.pub', '--private', 'sealed.priv'],
      ...['--key-context', 'sealed.ctx', '--quiet'],
    ])
  } catch (error) {
    throw error instanceof TpmRefusal && error.code === badIntegrity ? damaged(file) : error
  }
}

/** Where no resource manager stands before the TPM, its three places for objects stay taken by what a program leaves. */
async function run(
  tools: TpmTools,
  program: string,
  args: readonly string[],
  input?: Uint8Array,
): Promise<Buffer> {
  const output = await tools.run(program, args, input)
  await tools.run('tpm2_flushcontext', ['--transient-object'])
  return output
}

function refused({ message, code }: TpmRefusal, file: string): CardFileError {
  if (code === badOwnerPassword) {
    return new CardFileError(
      `${file} needs the TPM, whose owner hierarchy has a password. Have its administrator take that away (tpm2_changeauth -c owner), or use a card with a passphrase.`,
    )
  }
  return new CardFileError(
    `${file} needs the TPM, which refused (${message}). Try again, or restart the machine.`,
  )
}

function damaged(file: string): CardFileError {
  return new CardFileError(`${file} is damaged. Put back a copy of it that was made on this machine.`)
}

function sealedElsewhere(file: string): CardFileError {
  return new CardFileError(
    `${file} was sealed by another TPM, or the TPM of this machine was cleared since. Nothing opens it here: use it on the machine that made it; if there is none, the keys on this card are lost. Destroy the card, make a new one and enroll anew.`,
  )
}
