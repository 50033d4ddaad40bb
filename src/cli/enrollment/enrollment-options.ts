/** How a command signs in. */
export const signInOptions = {
  server: { type: 'string' },
  ca: { type: 'string' },
  user: { type: 'string' },
  'password-file': { type: 'string' },
  negotiate: { type: 'boolean', default: false },
  'token-file': { type: 'string' },
  'cookie-file': { type: 'string' },
} as const

export const signInHelp = {
  server: 'URL: of the server; where it is left out, the one that the configuration describes',
  ca: 'FILE: trust the authorities in this file as issuers of the server certificate (PEM)',
  user: 'NAME: who signs in, with a password',
  'password-file': 'FILE: read the password from this file ("-": the input); asked for where it is left out',
  negotiate: 'sign in with your Kerberos ticket instead (kinit)',
  'token-file': 'FILE: sign in with the API token in this file',
  'cookie-file': 'FILE: sign in with the session cookie (name=value) in this file',
} as const

/** How an interrupted request is gone on with. */
export const resumeOptions = {
  resume: { type: 'boolean', default: false },
  cancel: { type: 'boolean', default: false },
  new: { type: 'boolean', default: false },
  request: { type: 'string' },
  yes: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

export const resumeHelp = {
  resume: 'go on with an interrupted request, and never begin another',
  cancel: 'give an interrupted request up, and say what is on the card',
  new: 'begin another request though one was interrupted',
  request: 'UUID: the request to go on with, also one that somebody else made for you',
  yes: 'agree to whatever would be asked, such as the erasure of a card',
  json: 'print the result as JSON, and no progress',
} as const

/** A card in a reader, or one in software. */
export const cardOptions = {
  reader: { type: 'string' },
  virtual: { type: 'string' },
  'passphrase-file': { type: 'string' },
  'card-timeout': { type: 'string' },
} as const

export const cardHelp = {
  reader: 'READER: where the card is, as PC/SC calls it; the only one with a card where it is left out',
  virtual: 'NAME: a virtual card, by its name or its file (with a "/")',
  'passphrase-file': 'FILE: read the passphrase of the virtual card from this file; "-": the input',
  'card-timeout': 'SECONDS: how long a card may take for a command, 30 where it is left out',
} as const

/** The PIN: never on the command line, which other users of the machine can see. */
export const pinOptions = { 'pin-file': { type: 'string' }, 'pin-out': { type: 'string' } } as const

export const pinHelp = {
  'pin-file': 'FILE: read the PIN from this file ("-": the input); asked for where it is left out',
  'pin-out': 'FILE: write a PIN that the server makes there, for you alone; shown once where it is left out',
} as const

export const newCardOptions = {
  piv: { type: 'boolean', default: false },
  tpm: { type: 'boolean', default: false },
} as const
export const newCardHelp = {
  piv: 'make a new virtual card one of PIV instead of GIDS',
  tpm: 'have the TPM of this machine seal a new virtual card, instead of a passphrase (Linux)',
} as const

/** Where keys and certificates of a software profile go. */
export const softwareOptions = {
  pkcs12: { type: 'string' },
  'pkcs12-password-file': { type: 'string' },
  key: { type: 'string' },
  csr: { type: 'string' },
  certificate: { type: 'string' },
  'pkcs11-module': { type: 'string' },
  token: { type: 'string' },
  'key-label': { type: 'string' },
  authorities: { type: 'boolean', default: false },
  nss: { type: 'string' },
  'nss-password-file': { type: 'string' },
  nickname: { type: 'string' },
} as const

export const softwareHelp = {
  pkcs12: 'FILE: keys and certificates go into this PKCS#12 file (.p12, .pfx)',
  'pkcs12-password-file':
    'FILE: read its password from this file ("-": the input); asked for where it is left out',
  key: 'FILE: the private key goes into this PEM file, which only you can read',
  csr: 'FILE: no key is made; the certificate is for the certification request (PKCS#10) in this file',
  certificate: 'FILE: certificate and chain go into this PEM file, with --key or --csr',
  'pkcs11-module':
    'FILE: a PKCS#11 token makes the key, and gets the certificate; its library (PIN by --pin-file or asked for)',
  token: 'LABEL: of the token, or its serial number; the only one where it is left out',
  'key-label': 'TEXT: what key and certificate are called in the token; your name where it is left out',
  authorities: 'put the certificates of the authorities into the token too',
  nss: "DIRECTORY: this NSS database makes the key, and gets the certificate (~/.pki/nssdb, Firefox's profile)",
  'nss-password-file':
    'FILE: read its password from this file ("-": the input); asked for where it has one and this is left out',
  nickname: 'TEXT: what the certificate is called in the NSS database; your name where it is left out',
} as const

export const requestOptions = {
  answer: { type: 'string', multiple: true },
  comment: { type: 'string', default: '' },
} as const

export const requestHelp = {
  answer: 'ANSWER: "Name=Value", to a question of the template; may stand several times',
  comment: 'TEXT: for whoever approves the request',
} as const

/** Which card or profile it is about. */
export const subjectOptions = { card: { type: 'string' }, profile: { type: 'string' } } as const

export const subjectHelp = {
  card: 'UUID: of the smart card on the server; that of the card at hand where it is left out',
  profile: 'UUID: of a software profile, instead of a card',
} as const

type Text = string | undefined

export interface SignInValues {
  readonly server?: Text
  readonly ca?: Text
  readonly user?: Text
  readonly 'password-file'?: Text
  readonly negotiate: boolean
  readonly 'token-file'?: Text
  readonly 'cookie-file'?: Text
}

export interface ResumeValues {
  readonly resume: boolean
  readonly cancel: boolean
  readonly new: boolean
  readonly request?: Text
  readonly yes: boolean
  readonly json: boolean
}

export interface CardValues {
  readonly reader?: Text
  readonly virtual?: Text
  readonly 'passphrase-file'?: Text
  readonly 'card-timeout'?: Text
  readonly piv?: boolean
  readonly tpm?: boolean
}

export interface PinValues {
  readonly 'pin-file'?: Text
  readonly 'pin-out'?: Text
}

export interface SoftwareValues {
  readonly pkcs12?: Text
  readonly 'pkcs12-password-file'?: Text
  readonly key?: Text
  readonly csr?: Text
  readonly certificate?: Text
  readonly 'pkcs11-module'?: Text
  readonly token?: Text
  readonly 'key-label'?: Text
  readonly authorities?: boolean
  readonly nss?: Text
  readonly 'nss-password-file'?: Text
  readonly nickname?: Text
}

export interface RequestValues {
  readonly answer?: string[] | undefined
  readonly comment: string
}

export interface SubjectValues {
  readonly card?: Text
  readonly profile?: Text
}

/** Of commands that give a card or a software profile new keys and certificates in place of earlier ones. */
export const reissueOptions = {
  ...signInOptions,
  ...subjectOptions,
  ...requestOptions,
  ...cardOptions,
  ...newCardOptions,
  ...pinOptions,
  ...softwareOptions,
  ...resumeOptions,
} as const

export const reissueHelp = {
  ...signInHelp,
  ...subjectHelp,
  ...requestHelp,
  ...cardHelp,
  ...newCardHelp,
  ...pinHelp,
  ...softwareHelp,
  ...resumeHelp,
}
