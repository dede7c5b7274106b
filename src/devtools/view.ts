/** What one tab shows. */
export interface View {
  readonly name: string
  readonly node: HTMLElement
  /** Shows how things are now. At most once a frame, and only while it is seen. */
  refresh(): void
  /** Closes what is open within it. @returns whether there was anything */
  back?(): boolean
}
