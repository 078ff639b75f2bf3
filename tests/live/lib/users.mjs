// Who signs in.

/** A user of the built-in demo issuer, chosen by the e-mail on the button. */
export const ada = { email: 'ada@example.com', login: 'ada' };
export const linus = { email: 'linus@example.com', login: 'linus' };
/** The OAuth servers of servers/ let any name in. */
export const grace = { email: 'grace@example.com', login: 'grace' };
