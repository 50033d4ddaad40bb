/**
 * Parses a query whose parameter names match in any case. An empty value stands for one left out; a parameter that stands more than once comes out as a list,
 * which the routes refuse by name.
 */
export function parseQueryString(text: string): Record<string, unknown> {
  const values = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (value === '') continue
    const key = name.toLowerCase()
    values.set(key, [...(values.get(key) ?? []), value])
  }
  return Object.fromEntries([...values].map(([key, list]) => [key, list.length === 1 ? list[0] : list]))
}
