/** Something that whoever runs the command can put right. Its message is one line, and all they see. */
export class CliError extends Error {
  /** 1: it could not be done; 2: it was not asked for rightly. */
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.exitCode = exitCode
  }
}
