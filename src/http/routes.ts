import type { FastifyInstance } from 'fastify'
import { CardinalError } from '../domain/error.ts'
import type { Environment } from '../workflows/environment.ts'
import type { Authenticator } from '../workflows/ports/authenticator.ts'
import type { BrowserSignIn } from '../workflows/ports/browser-sign-in.ts'
import type { Api } from './api.ts'
import { addHealthRoutes, type HealthCheck } from './health.ts'
import { addPublicationRoutes } from './publication.ts'
import { addSignInRoutes } from './sign-in/sign-in.ts'
import { addCertificateDataRoutes } from './v1/certificate-data.ts'
import { addGenerationOptionsRoutes } from './v1/certificate-request-generation-options.ts'
import { addCertificateRoutes } from './v1/certificates.ts'
import { addOperationRoutes } from './v1/operations.ts'
import { addPolicyRoutes } from './v1/policies.ts'
import { addProfileTemplateRoutes } from './v1/profile-templates.ts'
import { addProfileRoutes } from './v1/profiles.ts'
import { addRequestSmartcardRoutes } from './v1/request-smartcards.ts'
import { addRequestRoutes } from './v1/requests.ts'
import { addSmartcardRoutes } from './v1/smartcards.ts'
import { addSmartcardsConfigurationRoutes } from './v1/smartcards-configuration.ts'
import { addApiTokenRoutes } from './v2/api-tokens.ts'
import { addApprovalRoutes } from './v2/approvals.ts'
import { addCardAdministrationRoutes } from './v2/card-administration.ts'
import { addSessionRoutes } from './v2/session.ts'
import { addSessionsRoutes } from './v2/sessions.ts'

export interface RouteOptions {
  readonly environment: Environment
  readonly authenticator: Authenticator
  /** null where no OpenID Connect provider is configured for it. */
  readonly browserSignIn: BrowserSignIn | null
  /** Clm.WebApi.Enabled: off means 404 for every route of the API. */
  readonly apiEnabled: boolean
  /** First segment of the API's paths, `CertificateManagement` in MIM CM. */
  readonly virtualDirectory: string
  /** Whether cookies are for TLS alone. */
  readonly secureCookies: boolean
  readonly healthChecks: Readonly<Record<string, HealthCheck>>
}

/** The API, or the refusal of every route of it where it is switched off. */
export function addApiRoutes(app: FastifyInstance, options: RouteOptions): void {
  const base = `/${options.virtualDirectory}/api`
  if (options.apiEnabled) {
    app.register(async api => addV1Routes(api, options.environment), { prefix: `${base}/v1.0` })
    app.register(async api => addV2Routes(api, options), { prefix: `${base}/v2.0` })
    return
  }
  app.all(`${base}/*`, {
    config: { access: 'public' },
    schema: { hide: true },
    onRequest: async () => {
      throw new CardinalError('ApiDisabled', 'The API is switched off.')
    },
    handler: async () => undefined,
  })
}

/** The API that MIM CM's clients know. */
function addV1Routes(api: Api, environment: Environment): void {
  addProfileTemplateRoutes(api, environment)
  addPolicyRoutes(api, environment)
  addSmartcardsConfigurationRoutes(api, environment)
  addRequestRoutes(api, environment)
  addGenerationOptionsRoutes(api, environment)
  addCertificateDataRoutes(api, environment)
  addSmartcardRoutes(api, environment)
  addRequestSmartcardRoutes(api, environment)
  addProfileRoutes(api, environment)
  addOperationRoutes(api, environment)
  addCertificateRoutes(api, environment)
}

/** Our own additions, in words and camelCase. */
function addV2Routes(api: Api, options: RouteOptions): void {
  addApprovalRoutes(api, options.environment)
  addCardAdministrationRoutes(api, options.environment)
  addSessionRoutes(api, options.authenticator, options.secureCookies)
  addSessionsRoutes(api, options.environment, options.secureCookies)
  addApiTokenRoutes(api, options.environment)
}

/** What stands beside the API, whether or not it is switched on. */
export function addServerRoutes(app: FastifyInstance, options: RouteOptions): void {
  app.register(async api => addHealthRoutes(api, options.healthChecks))
  app.register(async api => addPublicationRoutes(api, options.environment))
  app.register(async api => addSignInRoutes(api, options))
}
