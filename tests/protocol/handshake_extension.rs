//! The grammar of Sec-WebSocket-Extensions (RFC 6455 §9.1).

use framewire::protocol::handshake::{Extension, RequestErrorKind};

/// A name and its parameters.
type Element = (String, Vec<(String, Option<String>)>);

/// The list that `value` is, as names with their parameters.
fn parse(value: &str) -> Vec<Element> {
    let owned = |(name, value): (&str, Option<&str>)| (name.to_owned(), value.map(str::to_owned));
    Extension::parse_list(value)
        .unwrap_or_else(|error| panic!("{value:?}: {error}"))
        .iter()
        .map(|extension| (extension.name().to_owned(), extension.params().map(owned).collect()))
        .collect()
}

fn element(name: &str, params: &[(&str, Option<&str>)]) -> Element {
    let owned = |&(name, value): &(&str, Option<&str>)| (name.to_owned(), value.map(str::to_owned));
    (name.to_owned(), params.iter().map(owned).collect())
}

#[test]
fn examples_of_rfc_6455_section_9_1() {
    assert_eq!(parse("foo"), [element("foo", &[])]);
    assert_eq!(
        parse("bar; baz=2"),
        [element("bar", &[("baz", Some("2"))])],
        "a parameter with a value"
    );
    assert_eq!(
        parse("deflate-stream, mux; max-channels=4; flow-control, private-extension"),
        [
            element("deflate-stream", &[]),
            element("mux", &[("max-channels", Some("4")), ("flow-control", None)]),
            element("private-extension", &[]),
        ]
    );
}

#[test]
fn the_same_name_may_be_offered_several_times() {
    assert_eq!(
        parse("permessage-deflate; server_max_window_bits=10, permessage-deflate"),
        [
            element("permessage-deflate", &[("server_max_window_bits", Some("10"))]),
            element("permessage-deflate", &[]),
        ]
    );
}

#[test]
fn the_same_parameter_twice_is_left_to_the_extension() {
    assert_eq!(parse("a;b;b=1"), [element("a", &[("b", None), ("b", Some("1"))])]);
}

#[test]
fn space_may_stand_around_every_separator() {
    let expected = [element("a", &[("b", Some("c")), ("d", None)]), element("e", &[])];
    assert_eq!(parse("a;b=c;d,e"), expected);
    assert_eq!(parse(" \ta ;\tb = c ; d\t,\t e  "), expected);
}

#[test]
fn empty_elements_of_the_list_are_skipped() {
    assert_eq!(parse(", a,, b ,"), [element("a", &[]), element("b", &[])]);
}

#[test]
fn quoted_value_is_unquoted_and_unescaped() {
    assert_eq!(parse(r#"a; b="10""#), [element("a", &[("b", Some("10"))])]);
    assert_eq!(parse(r#"a; b="\1\0""#), [element("a", &[("b", Some("10"))])]);
    assert_eq!(parse(r#"a; b = "x" ; c"#), [element("a", &[("b", Some("x")), ("c", None)])]);
}

#[test]
fn quoted_value_must_unquote_to_a_token() {
    for (value, position) in [
        (r#"a; b="""#, 6),
        (r#"a; b="x y""#, 7),
        (r#"a; b="x,y""#, 7),
        (r#"a; b="x;y""#, 7),
        (r#"a; b="x\"y""#, 8),
        (r#"a; b="x\\y""#, 8),
        ("a; b=\"\u{e9}\"", 6),
        (r#"a; b="x"#, 7),
        (r#"a; b="x\"#, 8),
        (r#"a; b=""#, 6),
    ] {
        let error = Extension::parse_list(value).expect_err(value);
        assert_eq!(error.position(), position, "{value}: {error}");
    }
}

#[test]
fn what_the_grammar_lacks_is_refused_where_it_stands() {
    for (value, position) in [
        ("", 0),
        ("  ", 2),
        (",", 1),
        (";", 0),
        ("=", 0),
        ("a;", 2),
        ("a; ;", 3),
        ("a; b=", 5),
        ("a; b=;", 5),
        ("a; =c", 3),
        ("a b", 2),
        ("a=b", 1),
        ("a; b c", 5),
        ("a; b=c d", 7),
        ("a; b=\"c\"d", 8),
        ("\"a\"", 0),
        ("a, \u{e9}", 3),
        ("a\u{a0}", 1),
        ("a\0", 1),
    ] {
        let error = Extension::parse_list(value).expect_err(value);
        assert_eq!(error.position(), position, "{value:?}: {error}");
    }
}

#[test]
fn syntax_error_is_a_phrase() {
    let error = Extension::parse_list("a; b=\"c").expect_err("no closing quote");
    assert_eq!(error.to_string(), "at character 7 the closing quote was expected");
}

#[test]
fn list_is_written_without_quotes() {
    let mux = Extension::new("mux")
        .and_then(|mux| mux.with_param("max-channels", Some("4")))
        .and_then(|mux| mux.with_param("flow-control", None))
        .expect("tokens");
    let other = Extension::new("x-other").expect("a token");
    assert_eq!(Extension::write_list(&[mux, other]), "mux; max-channels=4; flow-control, x-other");
    assert_eq!(Extension::write_list(&[]), "");
}

#[test]
fn name_or_value_that_is_not_a_token_cannot_be_built() {
    for bad in ["", "a b", "a,b", "a;b", "a=b", "\"a\"", "a\r\nb", "\u{e9}"] {
        let error = Extension::new(bad).expect_err(bad);
        assert_eq!(error.kind(), RequestErrorKind::Extension);
        let extension = Extension::new("a").expect("a token");
        extension.clone().with_param(bad, None).expect_err(bad);
        extension.with_param("b", Some(bad)).expect_err(bad);
    }
}
