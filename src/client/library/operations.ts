import type { V1Operations } from './generated/v1-operations.ts'
import type { V2Operations } from './generated/v2-operations.ts'

/** Every operation of the API by its name, such as `GET /v1.0/requests/{id}`: what it takes and what it answers. */
export interface Operations extends V1Operations, V2Operations {}

export type OperationName = keyof Operations

export type InputOf<Name extends OperationName> = Operations[Name]['input']

/** null stands for 204: nothing found, an empty list, or an operation that answers with nothing. */
export type AnswerOf<Name extends OperationName> = Operations[Name]['answer']
