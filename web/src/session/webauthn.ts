/** What the server asks of a passkey; state goes back with the answer. */
export interface Ceremony {
  options: Record<string, unknown>
  state: string
}

export interface KeyAnswer {
  state: string
  response: Record<string, unknown>
}

/** Whether this browser has passkeys for pages of this address. */
export function hasPasskeys(rpID: string | undefined): boolean {
  return Boolean(rpID) && 'credentials' in navigator && typeof PublicKeyCredential === 'function' && (location.hostname === rpID || location.hostname.endsWith(`.${rpID}`))
}

/** Has a passkey of this device sign. Throws a DOMException when the person does not. */
export async function signWithPasskey(asked: Ceremony): Promise<KeyAnswer> {
  const options = asked.options as { challenge: string; allowCredentials?: { id: string }[] }
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: options.allowCredentials?.map((c) => ({ ...c, id: bytes(c.id) })),
  } as unknown as PublicKeyCredentialRequestOptions
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential
  const response = credential.response as AuthenticatorAssertionResponse
  return answer(asked, credential, {
    clientDataJSON: text(response.clientDataJSON),
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
    ...(response.userHandle && { userHandle: text(response.userHandle) }),
  })
}

/** Has this device make a passkey. */
export async function makePasskey(asked: Ceremony): Promise<KeyAnswer> {
  const options = asked.options as { challenge: string; user: { id: string }; excludeCredentials?: { id: string }[] }
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: options.excludeCredentials?.map((c) => ({ ...c, id: bytes(c.id) })),
  } as unknown as PublicKeyCredentialCreationOptions
  const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
  const response = credential.response as AuthenticatorAttestationResponse
  return answer(asked, credential, {
    clientDataJSON: text(response.clientDataJSON),
    attestationObject: text(response.attestationObject),
    transports: response.getTransports(),
  })
}

function answer(asked: Ceremony, credential: PublicKeyCredential, response: Record<string, unknown>): KeyAnswer {
  return {
    state: asked.state,
    response: {
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
      ...(credential.authenticatorAttachment && { authenticatorAttachment: credential.authenticatorAttachment }),
    },
  }
}

/** Base64url, as WebAuthn writes bytes in JSON. */
function bytes(encoded: string): Uint8Array {
  return Uint8Array.from(atob(encoded.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
}

function text(buffer: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
