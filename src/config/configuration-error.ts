export interface ConfigurationFault {
  /** The setting's name where it was set: an environment name, or a key of the file. */
  readonly key: string
  /** What is wrong and what would be right. */
  readonly message: string
}

/** Thrown with every fault that was found, so that one look is enough. Never holds the value of a secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly faults: readonly ConfigurationFault[]

  constructor(faults: readonly ConfigurationFault[]) {
    super(
      ['The configuration is not valid:', ...faults.map(({ key, message }) => `${key}: ${message}`)].join(
        '\n  ',
      ),
    )
    this.faults = faults
  }
}
