import { useText } from '../i18n/text.ts'
import { giverName } from './words.ts'

/** An address, or the console; where there is no room for it, it goes on before the @. */
export function AddressText({ of }: { of: string | undefined }) {
  const t = useText()
  const text = giverName(t, of ?? '')
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
