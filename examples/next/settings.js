/** Of whoever asks: a real site takes the key from its session. */
export const settings = { sdkKey: 'YOUR_SDK_KEY', key: 'user-42' }

/** A fetch by which Next asks for the definitions once in half a minute: they are everybody's. Memberships are one user's. */
export const keptDefinitions = (url, init) =>
  fetch(url, url.includes('/splitChanges') ? { ...init, next: { revalidate: 30 } } : init)
