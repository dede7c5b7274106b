/** Ends a transaction without a trace. One that is complete stays so. */
export function abort(transaction: IDBTransaction | undefined): void {
  try {
    transaction?.abort()
  } catch {
    // It is complete.
  }
}
