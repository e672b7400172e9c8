// One way to call the server: same origin, the phone's token, a limit of 20 seconds, no cache, no cookies, no redirects.

/** Longer than any healthy call takes on a slow network, in milliseconds. */
export const callLimitMs = 20_000

/** How to call. */
export type Call = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A JSON text, or bytes of one. */
  readonly body?: string | Uint8Array<ArrayBuffer>
}

/** What came back. `json` is undefined where the body is no JSON. */
export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array<ArrayBuffer>
  json(): unknown
}

/**
 * Calls one route, such as `/v1/device/today`. Resolves with any answer of the server, whatever its status; null where
 * none came: no network, a time-out, a redirect to somewhere else.
 */
export async function call(path: string, how: Call = {}): Promise<Answer | null> {
  const headers: Record<string, string> = { ...how.headers }
  if (how.token !== undefined) headers.authorization = `Bearer ${how.token}`
  if (how.body !== undefined) headers['content-type'] = 'application/json'
  try {
    const response = await fetch(path, {
      method: how.method ?? 'GET',
      headers,
      ...(how.body === undefined ? {} : { body: how.body }),
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(callLimitMs),
    })
    const bytes = new Uint8Array(await response.arrayBuffer())
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      json() {
        try {
          return JSON.parse(new TextDecoder().decode(bytes))
        } catch {
          return undefined
        }
      },
    }
  } catch {
    return null
  }
}

/** The code of a problem document, or the status where it is none. Only for the details page and declarations. */
export function problemCode(answer: Answer): string {
  const code = (answer.json() as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code.slice(0, 64) : `http.${answer.status}`
}
