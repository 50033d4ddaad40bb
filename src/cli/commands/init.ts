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
    domain: 'NETBIOS: the name before the backslash in CONTOSO\\alice; an LDAP directory says it itself',
    'dns-name': 'DNS: the name behind the @ in alice@contoso.com; an LDAP directory says it itself',
    administrator:
      "ACCOUNT: of the administrator; admin where it is left out. Beside an LDAP directory 'CONTOSO\\PKI Administrators' is one of its users or groups",
  },
  async run({ configuration, values, misuse }) {
    const { organisation, domain, administrator, 'dns-name': dnsName } = values
    const settings = configuration()
    const isDomainKnown = settings.ldap !== undefined || (domain !== undefined && dnsName !== undefined)
    if (organisation === undefined || !isDomainKnown) {
      throw misuse('init needs --organisation, --domain and --dns-name.')
    }
    const { init } = await import('../organisation/init.ts')
    await init(settings, { organisation, domain, dnsName, administrator })
  },
})
