import type { Client } from './client.ts'
import { JMAPError, type Reason } from './error.ts'
import type { Id } from './types.ts'

export interface Uploaded {
  blobId: Id
  type: string
  size: number
}

type Problem = { detail?: string; reason?: Reason }

const refused = (status: number, problem: Problem | null) => JMAPError.ofStatus(status, problem?.detail, problem?.reason)

/**
 * Uploads a file (RFC 8620 §6.1) and tells how much of it is there, from 0 to
 * 1. By XMLHttpRequest, because fetch does not tell.
 */
export function upload(client: Client, account: Id, file: Blob, type: string, told: (part: number) => void, signal: AbortSignal): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', client.uploadURL(account))
    request.setRequestHeader('Content-Type', type || 'application/octet-stream')
    for (const [name, value] of Object.entries(client.guard())) request.setRequestHeader(name, value)
    request.responseType = 'json'
    request.upload.addEventListener('progress', (event) => event.lengthComputable && told(event.loaded / event.total))
    request.addEventListener('load', () => {
      if (request.status === 200 || request.status === 201) resolve(request.response as Uploaded)
      else reject(refused(request.status, request.response as Problem | null))
    })
    request.addEventListener('error', () => reject(new JMAPError('offline', 'offline')))
    request.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
    signal.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}
