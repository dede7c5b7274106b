/** Speaks to the other open pages of this origin, and to the other clients of this one. */
export interface Broadcast {
  send(text: string): void
  /** @returns the end of listening */
  listen(onText: (text: string) => void): () => void
}

/** @param name those who use the same one hear each other; nothing is open until somebody listens */
export function createBroadcast(name: string): Broadcast {
  let own: BroadcastChannel | undefined
  return {
    send(text) {
      // A channel does not hear itself; another one of the same client would.
      const channel = own ?? openChannel(name)
      channel?.postMessage(text)
      if (channel !== own) channel?.close()
    },
    listen(onText) {
      own = openChannel(name)
      if (own) own.onmessage = ({ data }) => onText(String(data))
      return () => {
        own?.close()
        own = undefined
      }
    },
  }
}

/** There may be no such channels, and the browser may forbid them. */
function openChannel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name)
  } catch {
    return undefined
  }
}
