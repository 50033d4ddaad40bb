import type { StoreSlice } from '../../src/ca/store-slice.ts'
import type { AuditRecord } from '../../src/domain/audit-record.ts'
import type { CardMasterKeyRecord, CertificationAuthorityRecord } from '../../src/domain/sealed-key.ts'
import type { Transaction } from '../../src/workflows/ports/store.ts'

type Method =
  | 'audit'
  | 'listCardMasterKeys'
  | 'insertCardMasterKey'
  | 'listCertificationAuthorities'
  | 'insertCertificationAuthority'
  | 'reserveSerialNumber'

interface Rows {
  readonly audits: readonly AuditRecord[]
  readonly cardMasterKeys: readonly CardMasterKeyRecord[]
  readonly certificationAuthorities: readonly CertificationAuthorityRecord[]
  /** `<certification authority> <serial number>` */
  readonly serialNumbers: readonly string[]
}

const noRows: Rows = { audits: [], cardMasterKeys: [], certificationAuthorities: [], serialNumbers: [] }

/** Keeps what a transaction wrote when it ends well and with an audit record, one transaction after the other. */
export class FakeStore implements StoreSlice<Method> {
  rows: Rows = noRows
  /** Called before each step of a transaction and before its end; what it throws ends the transaction. */
  beforeStep: (step: string) => void = () => {}
  #last: Promise<unknown> = Promise.resolve()

  readonly reader: Pick<Transaction, 'listCardMasterKeys' | 'listCertificationAuthorities'> = {
    listCardMasterKeys: async () => this.rows.cardMasterKeys,
    listCertificationAuthorities: async () => this.rows.certificationAuthorities,
  }

  readonly transactor = {
    transaction: async <Result>(
      work: (transaction: Pick<Transaction, Method>) => Promise<Result>,
    ): Promise<Result> => {
      const run = this.#last.then(() => this.#run(work))
      this.#last = run.catch(() => {})
      return run
    },
  }

  async #run<Result>(work: (transaction: Pick<Transaction, Method>) => Promise<Result>): Promise<Result> {
    let rows = this.rows
    const step = async (name: string, write: () => void): Promise<void> => {
      this.beforeStep(name)
      write()
    }
    const result = await work({
      listCardMasterKeys: async () => rows.cardMasterKeys,
      listCertificationAuthorities: async () => rows.certificationAuthorities,
      audit: record =>
        step('audit', () => {
          rows = { ...rows, audits: [...rows.audits, record] }
        }),
      insertCardMasterKey: record =>
        step('insertCardMasterKey', () => {
          rows = { ...rows, cardMasterKeys: [...rows.cardMasterKeys, record] }
        }),
      insertCertificationAuthority: record =>
        step('insertCertificationAuthority', () => {
          rows = { ...rows, certificationAuthorities: [...rows.certificationAuthorities, record] }
        }),
      reserveSerialNumber: async (uuid, serialNumber) => {
        const entry = `${uuid} ${serialNumber}`
        const isNew = !rows.serialNumbers.includes(entry)
        await step('reserveSerialNumber', () => {
          if (isNew) rows = { ...rows, serialNumbers: [...rows.serialNumbers, entry] }
        })
        return isNew
      },
    })
    this.beforeStep('commit')
    if (rows !== this.rows && rows.audits.length === this.rows.audits.length) {
      throw new Error('A transaction that wrote did not audit.')
    }
    this.rows = rows
    return result
  }
}
