/** The names that the service allows for flag sets. */
export const FLAG_SET = /^[a-z0-9][_a-z0-9]{0,49}$/
