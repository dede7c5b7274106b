/** The databases of this origin. Undefined where the browser does not tell, as Firefox before 126. */
export async function databaseNames(): Promise<(string | undefined)[] | undefined> {
  try {
    return (await indexedDB.databases()).map(({ name }) => name)
  } catch {
    return undefined
  }
}
