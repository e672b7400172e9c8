// Many questions over one stream, each answered as soon as its own answer is there, with a bound on how many
// are open: the stream's back-pressure.

/**
 * Reads `items` and yields `answer(item, index)` in the order of completion. At most `most` are read and not
 * yet taken by the consumer; reading stops until it takes one. When `items` ends or fails, or `stop` is
 * aborted, what is open is still answered, and then the failure is thrown. `answer` must not reject.
 */
export async function* answerAsDone<I, O extends NonNullable<unknown>>(
  items: AsyncIterable<I>,
  answer: (item: I, index: number) => Promise<O>,
  most: number,
  stop: AbortSignal,
): AsyncGenerator<O> {
  const done: O[] = []
  let open = 0
  let ended = false
  let failure: unknown
  let news = Promise.withResolvers<void>()
  let room = Promise.withResolvers<void>()
  const end = () => {
    ended = true
    news.resolve()
    room.resolve()
  }
  const read = async () => {
    let index = 0
    for await (const item of items) {
      if (ended) return
      open += 1
      answer(item, index++).then((o) => {
        done.push(o)
        news.resolve()
      })
      while (open >= most && !ended) {
        room = Promise.withResolvers()
        await room.promise
      }
    }
  }
  stop.addEventListener('abort', end, { once: true })
  if (stop.aborted) end()
  read().then(end, (error: unknown) => {
    failure = error
    end()
  })
  try {
    for (;;) {
      for (let o = done.shift(); o !== undefined; o = done.shift()) {
        yield o
        open -= 1
        room.resolve()
      }
      if (ended && open === 0) break
      await news.promise
      news = Promise.withResolvers()
    }
    if (failure !== undefined) throw failure
  } finally {
    stop.removeEventListener('abort', end)
    end()
  }
}
