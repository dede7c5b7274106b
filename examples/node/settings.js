export const settings = { sdkKey: 'YOUR_SDK_KEY', key: 'user-42' }
