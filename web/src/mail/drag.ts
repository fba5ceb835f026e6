/** Says to a folder that what is dragged over it are messages. */
export const dragType = 'application/x-postroom-messages'
