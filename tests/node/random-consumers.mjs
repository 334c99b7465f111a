/** Ways to read all frames of a session. */

/** What calls gave, in their order; the error of one is thrown when those before it were seen. */
async function* inOrder(calls) {
  for (const call of calls) call.catch(() => {});
  for (const call of calls) yield await call;
}

const some = (dice, count, call) => Array.from({ length: 1 + dice.below(count) }, call);

/** Each hands all frames to `take`, one by one, and throws what it is told at the end. */
export const CONSUMERS = {
  async loop(session, take) {
    for await (const frame of session) await take(frame);
  },
  async batches(session, take) {
    for await (const frames of session.incoming.batches()) {
      for (const frame of frames) await take(frame);
    }
  },
  async receive(session, take) {
    for (;;) {
      const frame = await session.receive();
      if (!frame) return;
      await take(frame);
    }
  },
  async readable(session, take) {
    for await (const frame of session.incoming.readable) await take(frame);
  },
  /** Many calls at once of one iterator. */
  async ahead(session, take, dice) {
    const iterator = dice.one(2) ? session.incoming : session[Symbol.asyncIterator]();
    for (;;) {
      for await (const { done, value } of inOrder(some(dice, 9, () => iterator.next()))) {
        if (done) return;
        await take(value);
      }
    }
  },
  async batchesAhead(session, take, dice) {
    const iterator = session.incoming.batches();
    for (;;) {
      for await (const { done, value } of inOrder(some(dice, 4, () => iterator.next()))) {
        if (done) return;
        for (const frame of value) await take(frame);
      }
    }
  },
  /** One way after the other. */
  async mixed(session, take, dice) {
    for (;;) {
      const way = dice.of([leavingBatches, leavingFrames, receiving]);
      if (!(await way(session, take, dice))) return;
    }
  },
};

/** These stop after some frames, and say whether there may be more. */

async function leavingBatches(session, take, dice) {
  for await (const frames of session.incoming.batches()) {
    for (const frame of frames) await take(frame);
    if (dice.one(3)) return true;
  }
  return false;
}

async function leavingFrames(session, take, dice) {
  for await (const frame of session.incoming) {
    await take(frame);
    if (dice.one(5)) return true;
  }
  return false;
}

async function receiving(session, take, dice) {
  for await (const frame of inOrder(some(dice, 6, () => session.receive()))) {
    if (!frame) return false;
    await take(frame);
  }
  return true;
}
