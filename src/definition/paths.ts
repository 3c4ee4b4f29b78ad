/** Values that end a path: they are converted, not walked into. */
type Leaf = string | number | bigint | boolean | symbol | null | undefined | Date | Uint8Array | ((...args: never[]) => unknown)

type IsUnknown<T> = unknown extends T ? true : false

type Names<T> = Extract<keyof T, string | number>

type Steps<T, Depth extends readonly unknown[]> = Depth['length'] extends 5
  ? never
  : T extends Leaf
    ? never
    : T extends ReadonlyMap<infer K, infer V>
      ? Join<`${Extract<K, string | number>}`, V, Depth>
      : T extends ReadonlySet<unknown>
        ? never
        : T extends readonly (infer E)[]
          ? Join<`${number}`, E, Depth>
          : { [N in Names<T>]: Join<`${N}`, T[N], Depth> }[Names<T>]

type Join<Name extends string, V, Depth extends readonly unknown[]> =
  IsUnknown<V> extends true
    ? Name | `${Name}.${string}`
    : Name | (Steps<NonNullable<V>, readonly [...Depth, 0]> extends infer Rest extends string ? `${Name}.${Rest}` : never)

/** Every dotted path into a T, five levels deep: `Paths<{ a: { b: 1 } }>` is `'a' | 'a.b'`. Any text where T is unknown. */
export type Paths<T> = IsUnknown<T> extends true ? string : Steps<NonNullable<T>, readonly []>

/** Dotted paths to what has elements, through the elements themselves: `Lists<{ a: { b: { c: 1[] }[] } }>` is `'a' | 'a.b' | 'a.b.c'`. */
export type Lists<T> = IsUnknown<T> extends true ? never : ListSteps<NonNullable<T>, readonly []>

type ListSteps<T, Depth extends readonly unknown[]> = Depth['length'] extends 5
  ? never
  : T extends Leaf
    ? never
    : T extends ReadonlyMap<unknown, infer V>
      ? ListSteps<NonNullable<V>, readonly [...Depth, 0]>
      : T extends ReadonlySet<infer V>
        ? ListSteps<NonNullable<V>, readonly [...Depth, 0]>
        : T extends readonly (infer E)[]
          ? ListSteps<NonNullable<E>, readonly [...Depth, 0]>
          : {
              [N in Names<T>]: NonNullable<T[N]> extends Leaf
                ? never
                : `${N}` | `${N}.${ListSteps<NonNullable<T[N]>, readonly [...Depth, 0]>}`
            }[Names<T>]
