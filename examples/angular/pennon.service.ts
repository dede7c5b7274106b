import { DestroyRef, inject, Injectable, NgZone, signal, type Signal } from '@angular/core'
import { createClient, type Attributes } from 'pennon'
import { settings } from './settings'

@Injectable({ providedIn: 'root' })
export class Pennon {
  /** Made outside of the zone: its timers and requests make Angular look at nothing. */
  readonly client = inject(NgZone).runOutsideAngular(() => createClient(settings))

  constructor() {
    inject(DestroyRef).onDestroy(() => void this.client.destroy())
  }

  /** The treatment of a flag, and an impression for each answer that is shown. For a field of a component. */
  treatment(flag: string, attributes?: Attributes): Signal<string> {
    const treatment = signal(this.client.peek(flag, attributes).treatment)
    let isRecorded = false
    const look = () => {
      if (isRecorded && this.client.peek(flag, attributes).treatment === treatment()) return
      isRecorded = true
      treatment.set(this.client.getTreatment(flag, attributes))
    }
    // A client that is ready already tells late listeners as well.
    const offs = [this.client.on('readyFromCache', look), this.client.on('update', look)]
    inject(DestroyRef).onDestroy(() => offs.forEach((off) => off()))
    return treatment.asReadonly()
  }
}
