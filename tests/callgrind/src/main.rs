//! Does one piece of work: `codec-runs <case> <rounds>`. What a round costs is the difference between two runs.

#![forbid(unsafe_code)]

use codec_runs::{Decoder, Encoder, frames};
use framewire::protocol::{Opcode, Role};
use std::process::ExitCode;

/// How many messages make a round.
const COUNT: usize = 1000;

/// How many messages leave together.
const BURST: usize = 50;

fn main() -> ExitCode {
    let given: Vec<String> = std::env::args().skip(1).collect();
    let [case, rounds] = &given[..] else { return ExitCode::FAILURE };
    let Ok(rounds) = rounds.parse() else { return ExitCode::FAILURE };
    let text = "Füchse: žluťoučký 狐, and ASCII. ".repeat(40);
    let ascii = "The quick brown fox, 1234567890. ".repeat(40);
    match case.as_str() {
        "decode binary 125" => decode(Role::Client, Opcode::Binary, &[7; 125], rounds),
        "decode binary 1024" => decode(Role::Client, Opcode::Binary, &[7; 1024], rounds),
        "decode ascii 125" => decode(Role::Client, Opcode::Text, &ascii.as_bytes()[..125], rounds),
        "decode utf8 1480" => decode(Role::Client, Opcode::Text, text.as_bytes(), rounds),
        "decode masked 1024" => decode(Role::Server, Opcode::Binary, &[7; 1024], rounds),
        "encode binary 125" => encode(Opcode::Binary, &[7; 125], rounds),
        "encode binary 1024" => encode(Opcode::Binary, &[7; 1024], rounds),
        _ => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}

fn decode(role: Role, opcode: Opcode, payload: &[u8], rounds: u64) {
    let bytes = frames(opcode, payload, COUNT, role == Role::Server);
    let mut decoder = Decoder::new(role);
    for _ in 0..rounds {
        let taken = decoder.take(&bytes);
        assert_eq!(taken, (COUNT as u64, (COUNT * payload.len()) as u64));
    }
}

fn encode(opcode: Opcode, payload: &[u8], rounds: u64) {
    let mut encoder = Encoder::new(Role::Client);
    let mut out = Vec::new();
    for _ in 0..rounds {
        out.clear();
        for at in 1..=COUNT {
            encoder.queue(opcode, payload);
            if at % BURST == 0 {
                encoder.transmit(&mut out);
            }
        }
        assert!(out.len() > COUNT * payload.len(), "all left");
    }
}
