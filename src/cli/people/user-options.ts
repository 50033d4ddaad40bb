export const userFieldOptions = {
  'display-name': { type: 'string' },
  upn: { type: 'string' },
  mail: { type: 'string' },
  'distinguished-name': { type: 'string' },
} as const

export const userFieldHelp = {
  'display-name': 'NAME: as others read it',
  upn: 'NAME: the user principal name; ACCOUNT@ the DNS name of the organisation where it is left out',
  mail: 'ADDRESS: the mail address',
  'distinguished-name': 'NAME: the subject of certificates (RFC 4514)',
} as const

export const jsonOption = { json: { type: 'boolean', default: false } } as const
export const jsonHelp = { json: 'print the result as JSON' } as const
