/** What the service allows as the name of a flag set. */
export const FLAG_SET = /^[a-z0-9][_a-z0-9]{0,49}$/
