import { createHash } from 'node:crypto'

const style =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem;color:#1b1b1b}' +
  'h1{font-size:1.4rem}small,dt{color:#5c5c5c}a{color:#0b5cad}' +
  'dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.5rem}dd{margin:0;overflow-wrap:anywhere}' +
  'form{margin:1.5rem 0}' +
  'button{font:inherit;padding:.5rem 1.2rem;border:0;border-radius:.3rem;background:#0b5cad;color:#fff;cursor:pointer}' +
  'button:hover{background:#084680}' +
  'a:focus-visible,button:focus-visible{outline:3px solid #1b1b1b;outline-offset:2px}'

/**
 * The pages have one style, known by its hash, and nothing else that a browser would load or run.
 *
 * @param formAction where their forms may lead
 */
export function contentSecurityPolicy(formAction: "'none'" | "'self'"): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    `form-action ${formAction}`,
    "frame-ancestors 'none'",
  ].join('; ')
}

/** @param head and body as HTML */
export function htmlPage(title: string, head: string, body: string): string {
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width,initial-scale=1">' +
    `<title>${title}</title>${head}<style>${style}</style></head>` +
    `<body><main><h1>${title}</h1>${body}</main></body></html>`
  )
}

/** Goes on by itself, and by a link where the browser does not. */
export function refreshTo(address: string): string {
  return `<meta http-equiv="refresh" content="0;url=${escapeHtml(address)}">`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => entities[character] ?? '')
}
