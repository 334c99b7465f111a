//! What ends offer, answer and agree to (RFC 7692 §5.1, §7.1).

use framewire::protocol::deflate::parameters::ClientMaxWindowBits;
use framewire::protocol::deflate::{
    Agreement, Answer, AnswerError, Effort, OptionError, Options, Parameters, WindowBits,
};
use framewire::protocol::handshake::Extension;

use crate::support::direction;

/// The parameters of each element of a header's value.
fn elements(header: &str) -> Vec<Extension> {
    Extension::parse_list(header).unwrap()
}

fn write(parameters: &Parameters) -> String {
    let write = |(name, value): (&str, Option<WindowBits>)| match value {
        Some(value) => format!("; {name}={value}"),
        None => format!("; {name}"),
    };
    parameters.pairs().map(write).collect::<String>().replacen("; ", "", 1)
}

/// What a server answers to the offers in `header`.
fn answer(options: &Options, header: &str) -> Option<Answer> {
    options.answer(elements(header).iter().map(Extension::params)).unwrap()
}

/// What a client makes of an answer.
fn accept(options: &Options, parameters: &str) -> Result<Agreement, AnswerError> {
    let header = if parameters.is_empty() { "a".to_owned() } else { format!("a; {parameters}") };
    let answer = Parameters::of_answer(elements(&header)[0].params())?;
    options.accept(&answer)
}

/// The options with each parameter set or not.
fn all_options() -> Vec<Options> {
    let mut all = Vec::new();
    for set in 0..4 {
        for server_bits in [None, Some(9), Some(12), Some(15)] {
            for client_bits in [None, Some(0), Some(9), Some(12), Some(15)] {
                let mut options = Options::new();
                if set & 1 != 0 {
                    options = options.server_no_context_takeover();
                }
                if set & 2 != 0 {
                    options = options.client_no_context_takeover();
                }
                if let Some(bits) = server_bits {
                    options = options.server_max_window_bits(bits).unwrap();
                }
                options = match client_bits {
                    None => options.without_client_max_window_bits(),
                    Some(0) => options,
                    Some(bits) => options.client_max_window_bits(bits).unwrap(),
                };
                all.push(options);
            }
        }
    }
    all
}

#[test]
fn offers_say_what_was_asked_for() {
    assert_eq!(write(&Options::new().offer().unwrap()), "client_max_window_bits");
    let bare = Options::new().without_client_max_window_bits();
    assert_eq!(write(&bare.offer().unwrap()), "");
    let full = Options::new()
        .server_no_context_takeover()
        .client_no_context_takeover()
        .server_max_window_bits(8)
        .and_then(|options| options.client_max_window_bits(9));
    assert_eq!(
        write(&full.unwrap().offer().unwrap()),
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8; client_max_window_bits=9"
    );
}

#[test]
fn every_two_ends_agree_on_the_same_or_the_server_declines() {
    let mut agreed = 0;
    for client in all_options() {
        for server in all_options() {
            let offer = format!("permessage-deflate; {}", write(&client.offer().unwrap()));
            let offer = offer.trim_end_matches("; ");
            let Some(answer) = answer(&server, offer) else {
                // Only for a limit that this client cannot be told.
                assert!(!offer.contains("client_max_window_bits"), "declined {offer}");
                continue;
            };
            agreed += 1;
            let said = write(&answer.parameters);
            let accepted =
                accept(&client, &said).unwrap_or_else(|e| panic!("{offer} | {said}: {e}"));
            assert_eq!(accepted, answer.agreement, "{offer} | {said}");
            let asks = |name| offer.contains(name);
            assert!(!asks("server_no_context_takeover") || !accepted.server.context_takeover);
            assert!(!asks("client_no_context_takeover") || !accepted.client.context_takeover);
        }
    }
    assert_eq!(agreed, 16 * (4 * 4 * 5 * 5 - 4 * 4 * 2));
}

#[test]
fn a_server_answers_by_the_offer_and_its_own_limits() {
    let limited = Options::new()
        .server_max_window_bits(11)
        .and_then(|options| options.client_max_window_bits(10))
        .unwrap();
    let alone = Options::new().server_no_context_takeover().client_no_context_takeover();
    for (options, offer, expected) in [
        (Options::new(), "", Some("")),
        (Options::new(), "client_max_window_bits", Some("")),
        (Options::new(), "client_max_window_bits=9", Some("")),
        (Options::new(), "server_max_window_bits=9", Some("server_max_window_bits=9")),
        (Options::new(), "server_max_window_bits=15", Some("server_max_window_bits=15")),
        (Options::new(), "server_max_window_bits=8", None),
        (Options::new(), "server_no_context_takeover", Some("server_no_context_takeover")),
        (Options::new(), "client_no_context_takeover", Some("client_no_context_takeover")),
        (alone, "", Some("server_no_context_takeover; client_no_context_takeover")),
        (limited, "", None),
        (limited, "server_max_window_bits=9", None),
        (
            limited,
            "client_max_window_bits",
            Some("server_max_window_bits=11; client_max_window_bits=10"),
        ),
        (
            limited,
            "client_max_window_bits=9; server_max_window_bits=12",
            Some("server_max_window_bits=11; client_max_window_bits=9"),
        ),
        (
            limited,
            "client_max_window_bits=15; server_max_window_bits=10",
            Some("server_max_window_bits=10; client_max_window_bits=10"),
        ),
    ] {
        let answer = answer(&options, format!("a; {offer}").trim_end_matches("; "));
        assert_eq!(answer.map(|it| write(&it.parameters)).as_deref(), expected, "{offer:?}");
    }
}

#[test]
fn a_client_that_hints_at_a_small_window_is_inflated_with_it() {
    let answer = answer(&Options::new(), "a; client_max_window_bits=8").unwrap();
    assert_eq!(answer.agreement.client, direction(8, true));
    let told = Options::new().client_max_window_bits(8).unwrap();
    let offer = elements("a; client_max_window_bits");
    let answer = told.answer([offer[0].params()]).unwrap().unwrap();
    assert_eq!(write(&answer.parameters), "client_max_window_bits=8");
}

#[test]
fn a_server_takes_the_first_offer_that_it_can() {
    for (offers, expected) in [
        // §7.1.3: the preferred, with a fallback.
        (
            "a; client_max_window_bits; server_max_window_bits=10, a; client_max_window_bits",
            Some("server_max_window_bits=10"),
        ),
        ("a; server_max_window_bits=8, a; client_max_window_bits", Some("")),
        ("a; mode=fast, a; server_no_context_takeover", Some("server_no_context_takeover")),
        (
            "a; server_max_window_bits, a; server_max_window_bits=012, a; server_max_window_bits=12",
            Some("server_max_window_bits=12"),
        ),
        ("a; server_no_context_takeover; server_no_context_takeover, a", Some("")),
        ("a; client_no_context_takeover=1, a; client_max_window_bits=16", None),
        ("a; server_max_window_bits=8", None),
    ] {
        let answer = answer(&Options::new(), offers).map(|it| write(&it.parameters));
        assert_eq!(answer.as_deref(), expected, "{offers}");
    }
    let none: [Vec<(&str, Option<&str>)>; 0] = [];
    assert_eq!(Options::new().answer(none).unwrap(), None);
}

#[test]
fn a_client_accepts_what_may_follow_its_offer() {
    let limited = Options::new().server_max_window_bits(12).unwrap();
    for (options, said, server, client) in [
        (Options::new(), "", (15, true), (15, true)),
        // Unasked, but allowed (§7.1.1.1, §7.1.1.2, §7.1.2.1).
        (Options::new(), "server_no_context_takeover", (15, false), (15, true)),
        (Options::new(), "client_no_context_takeover", (15, true), (15, false)),
        (Options::new(), "server_max_window_bits=8", (8, true), (15, true)),
        (Options::new(), "client_max_window_bits=9", (15, true), (9, true)),
        (Options::new().server_max_window_bits(15).unwrap(), "", (15, true), (15, true)),
        (limited, "server_max_window_bits=12", (12, true), (15, true)),
        (limited, "server_max_window_bits=9", (9, true), (15, true)),
        // Hints hold whatever is answered.
        (Options::new().client_no_context_takeover(), "", (15, true), (15, false)),
        (Options::new().client_max_window_bits(10).unwrap(), "", (15, true), (10, true)),
        (
            Options::new().client_max_window_bits(10).unwrap(),
            "client_max_window_bits=12",
            (15, true),
            (10, true),
        ),
    ] {
        let agreement = accept(&options, said).unwrap_or_else(|e| panic!("{said}: {e}"));
        assert_eq!(agreement.server, direction(server.0, server.1), "{said}");
        assert_eq!(agreement.client, direction(client.0, client.1), "{said}");
    }
}

#[test]
fn a_client_refuses_what_may_not_follow_its_offer() {
    let bare = Options::new().without_client_max_window_bits();
    let limited = Options::new().server_max_window_bits(12).unwrap();
    let alone = Options::new().server_no_context_takeover();
    for (options, said, expected) in [
        (bare, "client_max_window_bits=15", "client_max_window_bits was answered, but not offered"),
        (
            limited,
            "server_max_window_bits=13",
            "server_max_window_bits is 13; expected at most the 12 that was offered",
        ),
        (limited, "", "server_max_window_bits was offered; expected it in the answer"),
        (alone, "", "server_no_context_takeover was offered; expected it in the answer"),
        (
            Options::new(),
            "client_max_window_bits=8",
            "client_max_window_bits is 8, with which this end cannot compress; expected 9 to 15",
        ),
        (
            Options::new(),
            "client_max_window_bits",
            "client_max_window_bits has no value; expected 8 to 15, without leading zeros",
        ),
        (
            Options::new(),
            "server_max_window_bits=16",
            "server_max_window_bits has the value 16; expected 8 to 15, without leading zeros",
        ),
        (Options::new(), "mode=1", "mode is no parameter of permessage-deflate"),
        (
            Options::new(),
            "client_no_context_takeover; client_no_context_takeover",
            "the parameter client_no_context_takeover is there twice",
        ),
    ] {
        assert_eq!(accept(&options, said).unwrap_err().to_string(), expected, "{said}");
    }
}

#[test]
fn options_out_of_range_are_named() {
    for bits in [0, 1, 7, 16, u32::MAX] {
        let server = Options::new().server_max_window_bits(bits).unwrap_err();
        assert_eq!(
            server.to_string(),
            format!("server_max_window_bits is {bits}; expected 8 to 15")
        );
        let client = Options::new().client_max_window_bits(bits).unwrap_err();
        assert_eq!(
            client.to_string(),
            format!("client_max_window_bits is {bits}; expected 8 to 15")
        );
    }
    for (level, mem_level, expected) in [
        (10, 8, "level is 10; expected 0 to 9"),
        (6, 0, "mem_level is 0; expected 1 to 9"),
        (6, 10, "mem_level is 10; expected 1 to 9"),
        (u32::MAX, 8, "level is 4294967295; expected 0 to 9"),
    ] {
        assert_eq!(Effort::new(level, mem_level).unwrap_err().to_string(), expected);
    }
    Effort::new(0, 1).and(Effort::new(9, 9)).unwrap();
}

#[test]
fn no_end_deflates_with_8_bits() {
    let both = Options::new()
        .server_max_window_bits(8)
        .and_then(|options| options.client_max_window_bits(8))
        .unwrap();
    let client = OptionError::CannotDeflate { option: "client_max_window_bits" };
    assert_eq!(both.offer(), Err(client));
    let server = OptionError::CannotDeflate { option: "server_max_window_bits" };
    assert_eq!(both.answer([elements("a")[0].params()]), Err(server));
    let server_alone = Options::new().server_max_window_bits(8).unwrap();
    assert_eq!(
        server_alone.offer().unwrap().client_max_window_bits,
        Some(ClientMaxWindowBits::Any)
    );
}
