import type { MasterKey } from '../card/secrets/diversified-admin-key.ts'
import type { CardMasterKeyRecord } from '../domain/sealed-key.ts'
import type { Clock } from '../workflows/ports/clock.ts'
import type { Randomness } from '../workflows/ports/randomness.ts'
import type { CardMasterKeys, Vault } from '../workflows/ports/vault.ts'
import type { StoreSlice } from './store-slice.ts'

const secretLength = 32
const firstVersion = 1

/** Hides the secret from whoever prints or serialises it; the admin keys of all cards hang on it. */
class OpenedMasterKey implements MasterKey {
  readonly version: number
  readonly #secret: Uint8Array

  constructor(version: number, secret: Uint8Array) {
    this.version = version
    this.#secret = secret
  }

  get secret(): Uint8Array {
    return this.#secret
  }
}

/**
 * Opens the card master keys that the store holds; at the first start makes version 1 at random. Processes that start
 * at once end with the same keys.
 *
 * @throws VaultError for a key that the vault cannot open
 */
export async function setUpCardMasterKeys(dependencies: {
  readonly store: StoreSlice<'listCardMasterKeys' | 'insertCardMasterKey' | 'audit'>
  readonly vault: Vault
  readonly clock: Clock
  readonly randomness: Pick<Randomness, 'bytes'>
}): Promise<CardMasterKeys> {
  const { store, vault } = dependencies
  const found = await store.reader.listCardMasterKeys()
  if (found.length > 0) return openCardMasterKeys(found, vault)
  await createFirstMasterKey(dependencies)
  return openCardMasterKeys(await store.reader.listCardMasterKeys(), vault)
}

async function createFirstMasterKey({
  store,
  vault,
  clock,
  randomness,
}: Parameters<typeof setUpCardMasterKeys>[0]): Promise<void> {
  const secret = randomness.bytes(secretLength)
  const record: CardMasterKeyRecord = {
    version: firstVersion,
    sealedSecret: vault.seal(purposeOf(firstVersion), secret),
  }
  secret.fill(0)
  await store.transactor.transaction(async transaction => {
    const existing = await transaction.listCardMasterKeys()
    if (existing.length > 0) return
    await transaction.insertCardMasterKey(record)
    await transaction.audit({
      at: clock.now(),
      action: 'card-master-key-created',
      actorUuid: null,
      requestUuid: null,
      subject: `version ${firstVersion}`,
      facts: { version: firstVersion },
      correlationId: null,
    })
  })
}

function openCardMasterKeys(records: readonly CardMasterKeyRecord[], vault: Vault): CardMasterKeys {
  const keys = new Map<number, MasterKey>()
  for (const { version, sealedSecret } of records) {
    keys.set(version, new OpenedMasterKey(version, vault.open(purposeOf(version), sealedSecret)))
  }
  const version = (wanted: number): MasterKey => {
    const key = keys.get(wanted)
    if (key === undefined) throw new RangeError(`There is no version ${wanted} of the card master key.`)
    return key
  }
  const newest = Math.max(...keys.keys())
  return { version, current: () => version(newest) }
}

function purposeOf(version: number): string {
  return `card master key, version ${version}`
}
