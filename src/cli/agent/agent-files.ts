import { homedir } from 'node:os'
import { join } from 'node:path'

export interface AgentFiles {
  /** Who may use the cards. */
  readonly stateFile: string
  /** Where a terminal attaches to an agent that has none; null on Windows, where pipes keep nobody out by default. */
  readonly controlSocket: string | null
}

/** By the habits of the system (XDG Base Directory Specification). */
export function agentFiles(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): AgentFiles {
  const folder = agentFolder(environment, platform)
  return {
    stateFile: join(folder, 'origins.json'),
    controlSocket: platform === 'win32' ? null : join(folder, 'control.sock'),
  }
}

function agentFolder(
  { XDG_STATE_HOME: stateHome, LOCALAPPDATA: localData }: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string {
  if (stateHome?.startsWith('/')) return join(stateHome, 'cardinal', 'agent')
  if (platform === 'win32' && localData !== undefined) return join(localData, 'Cardinal', 'Agent')
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Cardinal', 'Agent')
  return join(homedir(), '.local', 'state', 'cardinal', 'agent')
}
