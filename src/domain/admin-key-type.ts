/** What the administrator of a card authenticates with: a GIDS card's admin key, or a PIV card's management key of a type. */
export const adminKeyTypes = ['GIDS-3DES', 'PIV-3DES', 'PIV-AES-128', 'PIV-AES-192', 'PIV-AES-256'] as const
export type AdminKeyType = (typeof adminKeyTypes)[number]
