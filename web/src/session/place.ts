/** Under this name this tab remembers where one was before one went to a provider. */
const placeKept = 'postroom.place'

/** Remembers where one is: one is about to leave this page to sign in. */
export function rememberPlace(): void {
  sessionStorage.setItem(placeKept, location.hash)
}

/** Goes on where one was, unless one is sent elsewhere. */
export function goBack(): void {
  const place = sessionStorage.getItem(placeKept)
  sessionStorage.removeItem(placeKept)
  if (place && location.hash.length <= 2) history.replaceState(null, '', place)
}
