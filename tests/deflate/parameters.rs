//! What may stand in an offer and in an answer (RFC 7692 §7.1).

use framewire::protocol::deflate::parameters::ClientMaxWindowBits;
use framewire::protocol::deflate::{ParameterError, Parameters, WindowBits};
use framewire::protocol::handshake::Extension;

const SERVER_BITS: &str = "server_max_window_bits";
const CLIENT_BITS: &str = "client_max_window_bits";
const SERVER_ALONE: &str = "server_no_context_takeover";
const CLIENT_ALONE: &str = "client_no_context_takeover";

fn bits(bits: u32) -> WindowBits {
    WindowBits::new(bits).unwrap()
}

#[test]
fn window_bits_are_8_to_15_without_leading_zeros() {
    for good in 8..=15 {
        assert_eq!(WindowBits::parse(&good.to_string()), WindowBits::new(good));
        assert_eq!(bits(good).size(), 1 << good);
        for name in [SERVER_BITS, CLIENT_BITS] {
            let value = good.to_string();
            let offer = Parameters::of_offer([(name, Some(value.as_str()))]).unwrap();
            let answer = Parameters::of_answer([(name, Some(value.as_str()))]).unwrap();
            assert_eq!(offer, answer);
            let said: Vec<_> = offer.pairs().collect();
            assert_eq!(said, [(name, Some(bits(good)))]);
        }
    }
    for bad in
        ["", "0", "7", "16", "08", "010", "+9", "-9", "9.0", "1", "15x", "0x9", "٩", "99999999999"]
    {
        for name in [SERVER_BITS, CLIENT_BITS] {
            for parse in [
                Parameters::of_offer([(name, Some(bad))]),
                Parameters::of_answer([(name, Some(bad))]),
            ] {
                let ParameterError::Value { name: of, value, .. } = parse.unwrap_err() else {
                    panic!("{name}={bad} is refused for another reason");
                };
                assert_eq!((of.as_str(), value.as_deref()), (name, Some(bad)));
            }
        }
    }
}

#[test]
fn values_are_required_forbidden_or_optional() {
    Parameters::of_offer([(SERVER_BITS, None)]).unwrap_err();
    Parameters::of_answer([(SERVER_BITS, None)]).unwrap_err();
    let offer = Parameters::of_offer([(CLIENT_BITS, None)]).unwrap();
    assert_eq!(offer.client_max_window_bits, Some(ClientMaxWindowBits::Any));
    let error = Parameters::of_answer([(CLIENT_BITS, None)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "client_max_window_bits has no value; expected 8 to 15, without leading zeros"
    );
    for name in [SERVER_ALONE, CLIENT_ALONE] {
        Parameters::of_offer([(name, None)]).unwrap();
        Parameters::of_answer([(name, None)]).unwrap();
        Parameters::of_offer([(name, Some("true"))]).unwrap_err();
        let error = Parameters::of_answer([(name, Some("1"))]).unwrap_err();
        assert_eq!(error.to_string(), format!("{name} has the value 1; expected no value"));
    }
}

#[test]
fn what_is_unknown_or_there_twice_is_refused() {
    for (name, value) in [
        (SERVER_BITS, Some("9")),
        (CLIENT_BITS, Some("9")),
        (SERVER_ALONE, None),
        (CLIENT_ALONE, None),
    ] {
        let twice = ParameterError::Duplicate(name.to_owned());
        assert_eq!(Parameters::of_offer([(name, value), (name, value)]), Err(twice.clone()));
        assert_eq!(Parameters::of_answer([(name, value), (name, value)]), Err(twice));
        let upper = name.to_uppercase();
        let unknown = ParameterError::Unknown(upper.clone());
        assert_eq!(Parameters::of_offer([(upper.as_str(), value)]), Err(unknown));
    }
    let twice = Parameters::of_offer([(CLIENT_BITS, None), (CLIENT_BITS, Some("9"))]);
    assert_eq!(
        twice.unwrap_err().to_string(),
        "the parameter client_max_window_bits is there twice"
    );
    let unknown = Parameters::of_answer([("mode", Some("fast"))]).unwrap_err();
    assert_eq!(unknown.to_string(), "mode is no parameter of permessage-deflate");
}

#[test]
fn the_parameters_of_an_extension_are_taken_as_they_are() {
    let header = "permessage-deflate; client_max_window_bits; server_max_window_bits=\"10\"";
    let list = Extension::parse_list(header).unwrap();
    let offer = Parameters::of_offer(list[0].params()).unwrap();
    assert_eq!(offer.server_max_window_bits, Some(bits(10)));
    assert_eq!(offer.client_max_window_bits, Some(ClientMaxWindowBits::Any));
}
