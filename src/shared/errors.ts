/** A developer's mistake in the settings of `createClient`. It is thrown at construction and nowhere else. */
export class PennonSettingsError extends Error {
  /** The setting that is wrong, such as `sdkKey` or `urls.events`. */
  declare readonly setting: string

  constructor(setting: string, fault: string) {
    super(`${setting} ${fault}`)
    this.name = 'PennonSettingsError'
    this.setting = setting
  }
}
