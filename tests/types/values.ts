/** Values: what a Standard Schema makes of `receiveValue`. */

import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { StandardResult, StandardSchema, WebSocketSession } from 'framewire';

declare const session: WebSocketSession;

interface Point {
  x: number;
  y: number;
}

declare const point: StandardSchemaV1<unknown, Point>;
declare const length: StandardSchemaV1<string, number>;

export async function receive(): Promise<void> {
  const unchecked = await session.receiveValue();
  check<Same<typeof unchecked, unknown>>(true);
  const named = await session.receiveValue<Point>();
  check<Same<typeof named, Point>>(true);
  const checked = await session.receiveValue({ schema: point });
  check<Same<typeof checked, Point>>(true);
  const changed = await session.receiveValue({ schema: length });
  check<Same<typeof changed, number>>(true);
  // @ts-expect-error the schema says what comes
  await session.receiveValue<Date>({ schema: point });
  // @ts-expect-error a function is no schema
  await session.receiveValue({ schema: (value: unknown) => value });
  await session.sendValue({ x: 1 });
  await session.sendValue(null);
  // @ts-expect-error there is always a value
  await session.sendValue();
}

// What the specification calls a schema is one, and its results are ours.
export const schema: StandardSchema<Point> = point;
export const good: StandardResult<number> = { value: 1 };
export const bad: StandardResult<number> = { issues: [{ message: 'no number' }] };
export const result: StandardResult<Point> = {} as StandardSchemaV1.Result<Point>;
// @ts-expect-error a result has a value or issues
export const none: StandardResult<number> = {};
