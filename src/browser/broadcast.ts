/** Speaks to the other open pages of this origin. */
export interface Broadcast {
  send(text: string): void
  close(): void
}

/** @returns undefined where there are no such channels, or the browser forbids them */
export function createBroadcast(name: string, onText: (text: string) => void): Broadcast | undefined {
  try {
    const channel = new BroadcastChannel(name)
    channel.onmessage = ({ data }) => {
      if (typeof data === 'string') onText(data)
    }
    // Where there is no page, it does not keep a script alive that is done otherwise.
    ;(channel as { unref?: () => void }).unref?.()
    return {
      send: (text) => channel.postMessage(text),
      close: () => channel.close(),
    }
  } catch {
    return undefined
  }
}
