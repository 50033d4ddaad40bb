import { defineCommand } from '../define-command.ts'

const defaultPort = 22730

export const agentCommand = defineCommand({
  name: 'agent',
  operands: ['[ACTION]', '[ORIGIN]'],
  about:
    'Lets pages of the origins that you allow use your smart cards, until it is told to stop (docs/agent.md).\n' +
    'Asks at its terminal before an origin does so for the first time, and before anything is erased.\n\n' +
    '  cardinal agent origins         list the origins that may use the cards\n' +
    '  cardinal agent forget ORIGIN   withdraw that\n' +
    '  cardinal agent attach          be the terminal of an agent that has none',
  options: {
    'allow-origin': { type: 'string', multiple: true },
    'origins-file': { type: 'string' },
    port: { type: 'string', default: String(defaultPort) },
    ca: { type: 'string' },
  },
  help: {
    'allow-origin': 'ORIGIN: whose pages may ask, such as https://pki.contoso.com; may be repeated',
    'origins-file': 'FILE: more of them, one a line',
    port: `PORT: on 127.0.0.1 and ::1; ${defaultPort} where it is left out`,
    ca: "FILE: certificates of authorities that certify the server, beside the system's",
  },
  async run({ values, operands, misuse }) {
    const [action, origin] = operands
    const { parseWebOrigin, parseWebOrigins, WebOriginError } = await import(
      '../../client/agent/web-origin.ts'
    )
    const { readOptionFile } = await import('../terminal/read-option-file.ts')
    try {
      const { forgetOrigin, listOrigins } = await import('../agent/origins.ts')
      if (action === 'origins' && origin === undefined) return await listOrigins()
      if (action === 'forget' && origin !== undefined) return await forgetOrigin(parseWebOrigin(origin))
      if (action === 'attach' && origin === undefined)
        return await (await import('../agent/attach.ts')).attach()
      if (action !== undefined) throw misuse('agent takes origins, forget ORIGIN, attach, or no operand.')
      const file = values['origins-file']
      const allowedOrigins = [
        ...(values['allow-origin'] ?? []).map(parseWebOrigin),
        ...(file === undefined ? [] : parseWebOrigins(await readOptionFile(file, '--origins-file'))),
      ]
      if (allowedOrigins.length === 0) throw misuse('agent needs --allow-origin or --origins-file.')
      const port = Number(values.port)
      if (!Number.isInteger(port) || port < 1 || port > 65_535)
        throw misuse('--port is a number up to 65535.')
      const { runAgent } = await import('../agent/run-agent.ts')
      const authorities = values.ca === undefined ? null : await readOptionFile(values.ca, '--ca')
      await runAgent({ port, allowedOrigins: [...new Set(allowedOrigins)], authorities })
    } catch (error) {
      if (error instanceof WebOriginError) throw misuse(error.message)
      throw error
    }
  },
})
