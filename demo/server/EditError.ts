/** A change that cannot be made; the message is for the person who asked for it. */
export class EditError extends Error {}
