import { plain } from '../mail/person.ts'

/** An address; where there is no room for it, it goes on before the @. */
export function AddressText({ of }: { of: string | undefined }) {
  const text = plain(of)
  const at = text.lastIndexOf('@')
  if (at <= 0) return <bdi>{text}</bdi>
  return (
    <bdi>
      {text.slice(0, at)}
      <wbr />
      {text.slice(at)}
    </bdi>
  )
}
