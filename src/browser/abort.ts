/** Aborts a transaction. One that is complete stays as it is. */
export function abort(transaction: IDBTransaction | undefined): void {
  try {
    transaction?.abort()
  } catch {
    // A transaction that is complete cannot be aborted.
  }
}
