/** The flags of the impressions that bodies of posts hold, in their order. */
export const flagsIn = (bodies: string) => [...bodies.matchAll(/"f":"(flag_\d+)"/g)].map(([, flag = '']) => flag)
