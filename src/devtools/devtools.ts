export { mountDevtools, type DevtoolsOptions } from './mountDevtools'
export { registerDevtools, type DevtoolsElement } from './registerDevtools'
