import type { ListPage } from '../ports/store.ts'

/** No answer holds more. */
export const longestPage = 1000

export interface Page<Item> {
  readonly items: readonly Item[]
  /** What the next page is asked for by; null where this is the last one. */
  readonly next: string | null
}

/** Reads one item more than the page holds, to learn whether there is more. */
export async function readPage<Item extends { readonly uuid: string }>(
  after: string | null,
  list: (page: ListPage) => Promise<readonly Item[]>,
): Promise<Page<Item>> {
  const listed = await list({ after, limit: longestPage + 1 })
  const items = listed.slice(0, longestPage)
  const last = listed.length > longestPage ? items.at(-1) : undefined
  return { items, next: last?.uuid ?? null }
}
