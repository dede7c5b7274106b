/** A fault that the person who starts the server can put right. Its message is one line, and all that they see. */
export class StartError extends Error {}
