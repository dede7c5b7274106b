export { hooksOf } from './hooksOf'
export {
  useClient,
  useStatus,
  useSuspenseTreatment,
  useTreatment,
  useTreatments,
  useTreatmentWithConfig,
} from './hooks'
export { PennonProvider } from './PennonProvider'
export type { HookOptions, Hooks, PennonProviderProps } from './types'
