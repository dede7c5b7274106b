import type { Settings } from 'pennon'

export const settings: Settings = { sdkKey: 'YOUR_SDK_KEY', key: 'user-42' }
