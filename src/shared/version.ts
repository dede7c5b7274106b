declare const __PENNON_VERSION__: string

/** SDK and version as they appear on the wire. The build puts in the version of package.json. */
export const SDK_VERSION = `pennon-${__PENNON_VERSION__}`
