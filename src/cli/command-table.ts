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
    summary: 'ask the OpenID Connect provider, and say whom a token signs in',
    load: async () => (await import('./commands/auth-test.ts')).authTestCommand,
  },
  {
    name: 'walkthrough',
    summary: 'run the sample enrollment against a server (npm run walkthrough)',
    load: async () => (await import('./commands/walkthrough.ts')).walkthroughCommand,
  },
]
