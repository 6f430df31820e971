/** What the demonstration calls the server by, and how it speaks. */
/** Something did not go as a porteur may expect: the sentence is all that is printed. */
export class DemoError extends Error {}

export const say = (line: string) => process.stdout.write(`${line}\n`)

/** A caller of the API; every answer that is not a success stops the demo with its French detail. */
export class Api {
  readonly #base: string
  readonly #token: string | null

  constructor(base: string, token: string | null) {
    this.#base = base
    this.#token = token
  }

  async send(method: string, path: string, body?: object | FormData): Promise<Response> {
    const isForm = body instanceof FormData
    const response = await fetch(this.#base + path, {
      method,
      headers: {
        ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    })
    if (response.ok) return response
    throw new DemoError(`${method} ${path} répond ${response.status} : ${await response.text()}`)
  }

  async json<Body>(method: string, path: string, body?: object | FormData): Promise<Body> {
    return (await (await this.send(method, path, body)).json()) as Body
  }
}
