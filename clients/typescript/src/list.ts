/** Lists, which Dashboard answers page by page. */

/** The first page of a list, and the rest of the list for those who iterate. */
export interface Page<T> {
  readonly rows: T[];
  /** Fetch the page that follows; undefined after the last one. */
  readonly next: (() => Promise<Page<T>>) | undefined;
}

/**
 * A list: `await` returns its first page, and `for await` every row, page by page.
 *
 * Nothing is sent before one of them asks.
 */
export class List<T> implements PromiseLike<T[]>, AsyncIterable<T> {
  readonly #first: () => Promise<Page<T>>;

  constructor(first: () => Promise<Page<T>>) {
    this.#first = first;
  }

  then<R = T[], E = never>(
    fulfilled?: ((rows: T[]) => R | PromiseLike<R>) | null,
    rejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<R | E> {
    return this.#first()
      .then(({ rows }) => rows)
      .then(fulfilled, rejected);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (let page: Page<T> | undefined = await this.#first(); page; page = await page.next?.()) yield* page.rows;
  }
}
