/** The content of one tab. */
export interface View {
  readonly name: string
  readonly node: HTMLElement
  /** Draws what is new. It is called at most once a frame, and only while the tab is shown. */
  refresh(): void
  /** Closes what is open within it. @returns whether there was anything */
  back?(): boolean
}
