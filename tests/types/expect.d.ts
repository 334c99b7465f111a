/** What the programs beside check types with. */

/** Whether two types are the same one: assignable to each other, and neither is `any`. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the types are the same: `check<Same<A, B>>(true)`. */
declare function check<T extends boolean>(same: T): void;

/** The names of the members that may be written. */
type Writable<T> = {
  [Name in keyof T]-?: Same<
    { [P in Name]: T[Name] },
    { -readonly [P in Name]: T[Name] }
  > extends true
    ? Name
    : never;
}[keyof T];
