/** SDK and version as they appear on the wire. A test holds it against package.json. */
export const SDK_VERSION = 'pennon-0.2.0'
