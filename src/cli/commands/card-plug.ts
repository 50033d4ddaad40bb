import { cardFileHelp, cardFileOption, passphraseHelp, passphraseOption } from '../card/card-options.ts'
import { defineCommand } from '../define-command.ts'
import { jsonOption } from '../people/user-options.ts'

export const cardPlugCommand = defineCommand({
  name: 'card plug',
  operands: ['[NAME]'],
  about:
    'Puts a virtual card into the reader of vpcd, where every program that speaks PC/SC sees it, and keeps it there until\n"cardinal card unplug", Ctrl-C or the end of its process. When pcscd restarts, the card goes in again.',
  options: {
    ...cardFileOption,
    vpcd: { type: 'string', default: '127.0.0.1:35963' },
    ...passphraseOption,
    wait: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    background: { type: 'boolean', default: false },
    ...jsonOption,
  },
  help: {
    ...cardFileHelp,
    vpcd: 'HOST:PORT: of the reader; 127.0.0.1:35963, the first one, where it is left out',
    ...passphraseHelp,
    wait: 'wait for a reader that is not there yet, as long as it takes',
    quick:
      'spare vpcd up to 3.3 its wait of 40 ms a command; pcscd may then miss that a card which hung is gone',
    background: 'go on in the background; what happens is written beside the card, to FILE.log',
    json: 'print one JSON object for each change',
  },
  async run({ values, operands: [name], misuse }) {
    const { findCard } = await import('../card/card-files.ts')
    const { secretOf } = await import('../card/card-secret.ts')
    const { printLines } = await import('../terminal/print.ts')
    const [, host, port] = /^(?:\[?(.+?)\]?):(\d{1,5})$/.exec(values.vpcd) ?? []
    if (host === undefined || !(Number(port) > 0 && Number(port) < 65_536)) {
      throw misuse('--vpcd needs HOST:PORT, such as 127.0.0.1:35963.')
    }
    const card = await findCard(name, values.file)
    const secret = await secretOf(card, values['passphrase-file'])
    const { describePlugState } = await import('../card/describe-plug-state.ts')
    const say = (state: Parameters<typeof describePlugState>[1]) =>
      printLines(values.json ? JSON.stringify({ name: card.name, ...state }) : describePlugState(card, state))
    const options = { host, port: Number(port), waits: values.wait, isQuick: values.quick, say }
    if (values.background) {
      const { plugInBackground } = await import('../card/plug-in-background.ts')
      return say(await plugInBackground(card, secret, options))
    }
    const { holdInReader } = await import('../card/hold-in-reader.ts')
    await holdInReader(card, secret, options)
  },
})
