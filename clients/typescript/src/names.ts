/** The names of parameters: camelCase here, kebab-case on the wire. */

/** `"new-password"` becomes `"newPassword"`. */
export type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

/** What a method takes: the parameters of the query and the fields of the body. */
export type Input<Query, Body = object> = {
  [K in keyof (Query & Body) as K extends string ? Camel<K> : never]: (Query & Body)[K];
};

/** Return `"new-password"` for `"newPassword"`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
