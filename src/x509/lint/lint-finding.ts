export interface LintFinding {
  readonly id: string
  readonly clause: string
  readonly message: string
}
