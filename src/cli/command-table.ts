import type { Command } from './define-command.ts'

export interface CommandEntry {
  /** As it is typed behind `cardinal`. */
  readonly name: string
  readonly summary: string
  /** Each command's code is read when it is called, so that none waits for another's. */
  load(): Promise<Command>
}

export const commandTable: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'run the server (npm start)',
    load: async () => (await import('./commands/serve.ts')).serveCommand,
  },
  {
    name: 'init',
    summary: 'set up an organisation with one administrator',
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  {
    name: 'import',
    summary: 'bring in people, roles and templates from an organisation file',
    load: async () => (await import('./commands/import.ts')).importFileCommand,
  },
  {
    name: 'auth test',
    summary: 'try every way to sign in that is configured, and say whom a token signs in',
    load: async () => (await import('./commands/auth-test.ts')).authTestCommand,
  },
  {
    name: 'walkthrough',
    summary: 'run the sample enrollment against a server (npm run walkthrough)',
    load: async () => (await import('./commands/walkthrough.ts')).walkthroughCommand,
  },
  {
    name: 'user add',
    summary: 'add somebody to the directory that Cardinal keeps itself',
    load: async () => (await import('./commands/user-add.ts')).userAddCommand,
  },
  {
    name: 'user change',
    summary: 'rename somebody, or change what is known of them',
    load: async () => (await import('./commands/user-change.ts')).userChangeCommand,
  },
  {
    name: 'user disable',
    summary: 'keep somebody out, and end their sessions',
    load: async () => (await import('./commands/user-disable.ts')).userDisableCommand,
  },
  {
    name: 'user enable',
    summary: 'let somebody in again',
    load: async () => (await import('./commands/user-enable.ts')).userEnableCommand,
  },
  {
    name: 'user password',
    summary: 'give somebody a new password',
    load: async () => (await import('./commands/user-password.ts')).userPasswordCommand,
  },
  {
    name: 'user list',
    summary: 'list everybody',
    load: async () => (await import('./commands/user-list.ts')).userListCommand,
  },
  {
    name: 'user show',
    summary: 'show somebody, with groups and roles',
    load: async () => (await import('./commands/user-show.ts')).userShowCommand,
  },
  {
    name: 'group add',
    summary: 'add a group',
    load: async () => (await import('./commands/group-add.ts')).groupAddCommand,
  },
  {
    name: 'group remove',
    summary: 'remove a group',
    load: async () => (await import('./commands/group-remove.ts')).groupRemoveCommand,
  },
  {
    name: 'group members',
    summary: 'list the members of a group, or change them',
    load: async () => (await import('./commands/group-members.ts')).groupMembersCommand,
  },
  {
    name: 'group list',
    summary: 'list all groups',
    load: async () => (await import('./commands/group-list.ts')).groupListCommand,
  },
  {
    name: 'people import',
    summary: 'bring people and groups in from CSV or LDIF',
    load: async () => (await import('./commands/people-import.ts')).peopleImportCommand,
  },
  {
    name: 'audit list',
    summary: 'list audit records: who did what, and who was refused',
    load: async () => (await import('./commands/audit-list.ts')).auditListCommand,
  },
  {
    name: 'card create',
    summary: 'make a virtual smart card',
    load: async () => (await import('./commands/card-create.ts')).cardCreateCommand,
  },
  {
    name: 'card plug',
    summary: 'put a virtual card into a reader, for every program that speaks PC/SC',
    load: async () => (await import('./commands/card-plug.ts')).cardPlugCommand,
  },
  {
    name: 'card unplug',
    summary: 'take a virtual card out of its reader',
    load: async () => (await import('./commands/card-unplug.ts')).cardUnplugCommand,
  },
  {
    name: 'card list',
    summary: 'list virtual cards, and readers with what is in them',
    load: async () => (await import('./commands/card-list.ts')).cardListCommand,
  },
  {
    name: 'card info',
    summary: 'say what is on a card',
    load: async () => (await import('./commands/card-info.ts')).cardInfoCommand,
  },
  {
    name: 'card attest',
    summary: 'have a PIV card attest that it has generated a key',
    load: async () => (await import('./commands/card-attest.ts')).cardAttestCommand,
  },
  {
    name: 'card destroy',
    summary: 'destroy a virtual card with its keys',
    load: async () => (await import('./commands/card-destroy.ts')).cardDestroyCommand,
  },
  {
    name: 'enroll',
    summary: 'enroll a smart card, a virtual one, or keys in files',
    load: async () => (await import('./commands/enroll.ts')).enrollCommand,
  },
  {
    name: 'renew',
    summary: 'give a card or profile new keys and certificates',
    load: async () => (await import('./commands/renew.ts')).renewCommand,
  },
  {
    name: 'recover',
    summary: 'replace what was lost or damaged',
    load: async () => (await import('./commands/recover.ts')).recoverCommand,
  },
  {
    name: 'unblock',
    summary: 'set a new PIN on a card',
    load: async () => (await import('./commands/unblock.ts')).unblockCommand,
  },
  {
    name: 'retire',
    summary: 'end the use of a card or profile',
    load: async () => (await import('./commands/retire.ts')).retireCommand,
  },
  {
    name: 'revoke',
    summary: 'revoke the certificates of a card or profile',
    load: async () => (await import('./commands/revoke.ts')).revokeCommand,
  },
  {
    name: 'agent',
    summary: 'let pages of origins that you allow use your smart cards',
    load: async () => (await import('./commands/agent.ts')).agentCommand,
  },
]
