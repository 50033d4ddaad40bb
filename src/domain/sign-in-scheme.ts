/** The ways in which a call can say who makes it. */
export const signInSchemes = [
  'basic',
  'negotiate',
  'bearer',
  'openid-connect',
  'client-certificate',
  'api-token',
  'session',
] as const
export type SignInScheme = (typeof signInSchemes)[number]
