import { cardFileHelp, cardFileOption, passphraseHelp, passphraseOption } from '../card/card-options.ts'
import { defineCommand } from '../define-command.ts'
import { jsonHelp, jsonOption } from '../people/user-options.ts'

export const cardAttestCommand = defineCommand({
  name: 'card attest',
  operands: ['[NAME]'],
  about:
    'Has a PIV card attest that it has generated the key in a slot: one with the extensions of a YubiKey, in --reader, a\nvirtual one by NAME or --file, otherwise the one in the only reader with a card. It asks for no PIN and spends no try.',
  options: {
    slot: { type: 'string' },
    reader: { type: 'string' },
    trust: { type: 'string' },
    out: { type: 'string' },
    yes: { type: 'boolean', default: false },
    ...cardFileOption,
    ...passphraseOption,
    ...jsonOption,
  },
  help: {
    slot: 'SLOT: 9a, 9c, 9d, 9e, or 82 to 95',
    reader: 'READER: as PC/SC calls it; "cardinal card list" lists them',
    trust: 'FILE: certificates in PEM; the attestation must go back to one of them',
    out: 'FILE: where the attestation and the certificate of who signed it go, in PEM',
    yes: 'agree to write over FILE of --out',
    ...cardFileHelp,
    ...passphraseHelp,
    ...jsonHelp,
  },
  async run({ values, operands: [name], misuse }) {
    const { readOptionFile } = await import('../terminal/read-option-file.ts')
    const { writePublicFile } = await import('../../client/write-file-whole.ts')
    const { attestInFile, attestInReader } = await import('../card/attest-key.ts')
    const { faultWords } = await import('../card/attestation-fault-words.ts')
    const { attestationLines } = await import('../card/attestation-lines.ts')
    const { readTrustedCertificates, reportAttestation } = await import('../card/attestation-report.ts')
    const { findCard } = await import('../card/card-files.ts')
    const { printJson, printLines } = await import('../terminal/print.ts')
    const { requireNoFilesUnless } = await import('../require-no-files.ts')
    const { UsageError } = await import('../usage-error.ts')
    const { trust, out } = values
    const slot = values.slot?.toLowerCase()
    if (slot === undefined) throw misuse('Give --slot, such as --slot 9a.')
    if (!/^(?:9[acde]|8[2-9a-f]|9[0-5])$/.test(slot))
      throw misuse('--slot is one of 9a, 9c, 9d, 9e, and 82 to 95.')
    const wantsFile = name !== undefined || values.file !== undefined
    if (wantsFile && values.reader !== undefined) throw misuse('Give --reader or a virtual card, not both.')
    requireNoFilesUnless(values.yes, out === undefined ? [] : [out])
    const trusted =
      trust === undefined ? null : readTrustedCertificates(trust, await readOptionFile(trust, '--trust'))
    const key = wantsFile
      ? await attestInFile(await findCard(name, values.file), values['passphrase-file'], slot)
      : await attestInReader(values.reader, slot)
    const report = reportAttestation(slot, key, trusted, new Date())
    const chain = report.chain.join('')
    if (values.json) printJson(report)
    else printLines(...attestationLines(report, trust))
    if (report.fault !== null) {
      throw new UsageError(`The attestation ${faultWords[report.fault]}. Do not believe it.`)
    }
    if (out !== undefined) {
      await writePublicFile(out, chain)
      if (!values.json) printLines(`Wrote both certificates to ${out}.`)
    } else if (!values.json) printLines('', chain.trimEnd())
  },
})
