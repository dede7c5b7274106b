/** Sends texts to the other open pages of this origin, and to the other clients of this page. */
export interface Broadcast {
  send(text: string): void
  /**
   * @param onText hears of anything that any script of the origin sends under the name
   * @returns a function that ends the listening
   */
  listen(onText: (text: unknown) => void): () => void
}

/** @param name pages and clients that use the same name hear each other. A channel is open only while somebody listens or sends */
export function createBroadcast(name: string): Broadcast {
  let own: BroadcastChannel | undefined
  return {
    send(text) {
      // The listening channel is used, because a channel does not hear itself: a second one of this client would be heard.
      const channel = own ?? openChannel(name)
      channel?.postMessage(text)
      if (channel !== own) channel?.close()
    },
    listen(onText) {
      own = openChannel(name)
      if (own) own.onmessage = ({ data }) => onText(data)
      return () => {
        own?.close()
        own = undefined
      }
    },
  }
}

/** Opens a channel. Undefined where the browser has none, or forbids them. */
function openChannel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name)
  } catch {
    return undefined
  }
}
