import { formats, withoutLabel } from './formats'
import { writeNote } from './note'
import { packBeacons } from './pack'

/** How data is packed as a page goes. Both files need it: the first one hands it to the second. */
export const packing = { formats, withoutLabel, packBeacons, writeNote }
