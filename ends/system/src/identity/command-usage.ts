/** Extended key usage of a command certificate: what it signs moves machines. */
export const COMMAND_USAGE = '1.3.6.1.4.1.58270.1.1'
