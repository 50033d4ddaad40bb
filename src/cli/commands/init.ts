import { defineCommand } from '../define-command.ts'

export const initCommand = defineCommand({
  name: 'init',
  operands: [],
  about: 'Sets up an organisation with nothing in it but one administrator.',
  options: {
    organisation: { type: 'string' },
    domain: { type: 'string' },
    'dns-name': { type: 'string' },
    administrator: { type: 'string', default: 'admin' },
  },
  help: {
    organisation: 'NAME: of the company',
    domain: 'NETBIOS: the name before the backslash in CONTOSO\\alice',
    'dns-name': 'DNS: the name behind the @ in alice@contoso.com',
    administrator: 'ACCOUNT: of the administrator; admin where it is left out',
  },
  async run({ configuration, values, misuse }) {
    const { organisation, domain, administrator, 'dns-name': dnsName } = values
    if (organisation === undefined || domain === undefined || dnsName === undefined) {
      throw misuse('init needs --organisation, --domain and --dns-name.')
    }
    const { init } = await import('../init.ts')
    await init(configuration(), { organisation, domain, dnsName, administrator })
  },
})
