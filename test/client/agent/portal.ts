import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A company's portal: a page that uses the agent as docs/agent.md shows, before the API of a Cardinal server. */
export interface Portal {
  readonly port: number
  readonly origin: string
  close(): Promise<void>
}

/** @param api the server behind it, where there is one */
export async function startPortal(options: { agentUrl(): string; api?: string }): Promise<Portal> {
  const documentation = await readFile(new URL('../../../docs/agent.md', import.meta.url), 'utf8')
  const example = /^```js\n([\s\S]*?)^```$/m.exec(documentation)?.[1] ?? ''
  const server = createServer((incoming, outgoing) => {
    if (incoming.url?.startsWith('/CertificateManagement/') === true) {
      return forward(incoming, outgoing, options.api ?? '')
    }
    const send = (type: string, text: string) => outgoing.writeHead(200, { 'content-type': type }).end(text)
    if (incoming.url === '/agent.js') {
      return send('text/javascript', example.replace('http://127.0.0.1:22730', options.agentUrl()))
    }
    if (incoming.url === '/portal.js') return send('text/javascript', script)
    return send('text/html; charset=utf-8', page)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = addressOf(server.address())
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('The portal has no port.')
  return address
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, api: string): void {
  const { method, headers, url = '/' } = incoming
  const onward = request(`${api}${url}`, { ...(method !== undefined && { method }), headers }, answer => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  onward.on('error', () => outgoing.destroy())
  incoming.pipe(onward)
}

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Contoso PKI</title>
<style>
  body { font: 16px/1.4 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; color: #1c2430 }
  h1 { font-size: 1.4rem } section { border: 1px solid #cfd6df; border-radius: 8px; padding: 1rem; margin: 1rem 0 }
  button, input { font: inherit; padding: .3rem .6rem } li { margin: .2rem 0 } .problem { color: #a4262c }
  dl { display: grid; grid-template-columns: 9rem 1fr; margin: 0 } dd { margin: 0 }
</style>
<h1>Contoso PKI: my smart cards</h1>
<section><b id="status">Looking for the agent…</b>
  <form id="pair" hidden><label>Code that the agent shows: <input id="code" autocomplete="off"></label> <button>Pair</button></form>
</section>
<section><h2>Readers</h2><div id="readers"></div></section>
<section><h2>Progress</h2><ol id="progress"></ol><p id="outcome"></p></section>
<script type="module" src="/portal.js"></script>
</html>`

const script = `
import * as agent from '/agent.js'
const element = id => document.getElementById(id)
const row = (list, name, value) => {
  const [term, text] = [document.createElement('dt'), document.createElement('dd')]
  term.textContent = name
  text.textContent = value
  list.append(term, text)
}
async function look() {
  const { name, version, isPaired } = await agent.findAgent()
  element('status').textContent = name + ' ' + version + (isPaired ? ' is paired' : ' is not paired yet')
  element('pair').hidden = isPaired
  if (isPaired) await show()
  else await agent.askForCode()
}
async function show(after) {
  const { readers, revision } = await agent.listReaders(after)
  element('readers').replaceChildren(...readers.map(reader => {
    const list = document.createElement('dl')
    row(list, 'Reader', reader.name)
    const { card } = reader
    row(list, 'Card', card?.label ?? (reader.isBusy ? 'in use' : reader.problem?.message ?? 'none'))
    if (card) row(list, 'PIN tries left', card.pinTriesLeft ?? 'not told')
    for (const { subject, notAfter } of card?.certificates ?? []) row(list, 'Certificate', subject + ', until ' + notAfter.slice(0, 10))
    return list
  }))
  return { readers, revision }
}
async function carryOut(job) {
  element('outcome').textContent = ''
  try {
    const result = await agent.carryOut(job, view => {
      element('progress').replaceChildren(...view.progress.map(({ text }) => {
        const item = document.createElement('li')
        item.textContent = text
        return item
      }))
      element('outcome').textContent = view.state
    })
    return { result }
  } catch ({ code, next, triesLeft, message }) {
    element('outcome').textContent = message
    return { error: { code, next, triesLeft } }
  }
}
element('pair').addEventListener('submit', async event => {
  event.preventDefault()
  try {
    await agent.pair(element('code').value)
    await look()
  } catch ({ message }) {
    element('status').textContent = message
  }
})
window.portal = { agent, look, show, carryOut }
look().catch(() => { element('status').textContent = 'No agent for this page' })
`
