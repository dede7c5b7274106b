/** Makes something when it is first asked for. A fault is remembered too, and thrown again. */
export function once<Made>(make: () => Made): () => Made {
  let made: Made | undefined
  let fault: unknown
  return () => {
    if (fault) throw fault as Error
    try {
      return (made ??= make())
    } catch (thrown) {
      // A full stack is the caller's: the next one may have room.
      if (!(thrown instanceof RangeError)) fault = thrown
      throw thrown
    }
  }
}
