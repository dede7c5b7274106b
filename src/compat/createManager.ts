import type { Client } from '../client/types/client'
import type { SdkStatus } from './createStatus'
import type { SplitIO } from './types'

/** The official manager. Events and status are the main client's. */
export function createManager({ flags }: Client, { members }: SdkStatus): SplitIO.IManager {
  return { ...members, names: flags.names, splits: flags.all, split: flags.get } as SplitIO.IManager
}
