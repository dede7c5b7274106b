export { loadBootstrap } from './loadBootstrap'
export { serializeBootstrap } from './serializeBootstrap'
export type { LoadBootstrapSettings } from './loadBootstrap'
export type { Bootstrap, Key } from '../client/types/settings'
