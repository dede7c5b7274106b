/** The names of the databases of this origin. Undefined where the browser does not tell, as Firefox before 126. */
export async function databaseNames(): Promise<(string | undefined)[] | undefined> {
  try {
    return (await indexedDB.databases()).map(({ name }) => name)
  } catch {
    return undefined
  }
}

/** Deletes a database, once no page has it open. The caller does not hear whether that succeeded. */
export function deleteDatabase(name: string): void {
  indexedDB.deleteDatabase(name)
}
