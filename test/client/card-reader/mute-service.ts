import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** Listens as a PC/SC service that hangs: whoever calls gets no answer. Resolves to the path of its socket. */
export async function startMuteService(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cardinal-mute-'))
  const path = join(folder, 'pcscd.comm')
  const callers = new Set<Socket>()
  const server = createServer(caller => callers.add(caller.on('error', () => undefined))).listen(path)
  t.after(async () => {
    for (const caller of callers) caller.destroy()
    server.close()
    await rm(folder, { recursive: true })
  })
  await once(server, 'listening')
  return path
}
