//! What must hold for a pair of sessions whatever its users, its wire and its clock do.

use framewire::session::{Budget, Options};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::scenario::{Scenario, Step};

fn step() -> impl Strategy<Value = Step> {
    let length = prop_oneof![8 => 0..300_usize, 2 => 0..5000_usize, 1 => 60_000..140_000_usize];
    prop_oneof![
        30 => (any::<bool>(), prop::bool::weighted(0.7), length.clone())
            .prop_map(|(text, fin, length)| Step::Send { text, fin, length }),
        4 => length.prop_map(|length| Step::SendHeld { length }),
        4 => Just(Step::Ping),
        4 => Just(Step::Flush),
        4 => Just(Step::Room),
        10 => (1..5_usize).prop_map(Step::Take),
        1 => Just(Step::Discard),
        1 => select(vec![1000, 1001, 1011, 4000]).prop_map(Step::Close),
        1 => prop_oneof![Just(Step::Terminate), Just(Step::TransportFails), Just(Step::CutWay)],
        1 => (any::<usize>(), any::<u8>()).prop_map(|(at, bits)| Step::Corrupt { at, bits }),
        10 => any::<bool>().prop_map(|ahead| Step::Poll { ahead }),
        20 => Just(Step::Write),
        30 => prop_oneof![1..20_usize, 1..100_000_usize].prop_map(|chunk| Step::Read { chunk }),
        10 => (0..200_u16).prop_map(|millis| Step::Pass { millis }),
    ]
}

fn options() -> impl Strategy<Value = (Budget, Budget, f64, f64)> {
    let budget = (select(vec![0, 100, 5000, 1 << 30]), select(vec![1, 5, 4096]), 0..10_u8)
        .prop_map(|(high_water_mark, max_frames, overflow)| Budget {
            high_water_mark,
            max_frames,
            close_on_overflow: overflow == 0,
        });
    let millis = || select(vec![0.0, 50.0, 130.0]);
    (budget.clone(), budget, millis(), millis())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_happens_what_arrives_was_sent_and_all_comes_to_an_end(
        (incoming, outgoing, ping_interval, pong_timeout) in options(),
        steps in vec((any::<bool>(), step()), 0..120),
    ) {
        let mut scenario = Scenario::with(|options: &mut Options| {
            options.incoming = incoming;
            options.outgoing = outgoing;
            options.ping_interval = ping_interval;
            options.pong_timeout = pong_timeout;
        });
        for (at_client, step) in &steps {
            scenario.step(*at_client, step);
        }
        scenario.end(incoming.high_water_mark == 1 << 30 && incoming.max_frames == 4096);
    }
}
