/** The service counts impressions, and takes equal ones for one, by the hour. Pauses and renewals end after an hour, too. */
export const HOUR_MS = 3_600_000
