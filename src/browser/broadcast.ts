/** Speaks to the other open pages of this origin, and to the other clients of this one. */
export interface Broadcast {
  send(text: string): void
  /** @returns the end of listening */
  listen(onText: (text: string) => void): () => void
}

/** @param name those who use the same one hear each other; nothing is open until somebody listens */
export function createBroadcast(name: string): Broadcast {
  return {
    send(text) {
      const channel = openChannel(name)
      channel?.postMessage(text)
      channel?.close()
    },
    listen(onText) {
      const channel = openChannel(name)
      if (channel) channel.onmessage = ({ data }) => onText(String(data))
      return () => channel?.close()
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
