/** A fault that whoever runs the command can put right. Its message is one line, and all that they see. */
export class CliError extends Error {
  /** The exit code: 1 where the command failed, 2 for wrong usage. */
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.exitCode = exitCode
  }
}
