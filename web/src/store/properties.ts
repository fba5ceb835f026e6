/** What a row and a heading show. */
export const rowProperties = [
  'id', 'blobId', 'threadId', 'mailboxIds', 'keywords', 'size', 'receivedAt', 'sentAt', 'subject', 'from', 'to', 'cc',
  'messageId', 'hasAttachment', 'preview',
] as const

/** What an opened message shows besides. For these the server opens the message, and for a shared mailbox notes that it was read. */
export const bodyProperties = ['id', 'sender', 'replyTo', 'bcc', 'references', 'bodyValues', 'htmlBody', 'textBody', 'attachments'] as const
