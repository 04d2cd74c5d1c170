//! The first table of the module, row by row, and what JSON is, against serde_json.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn nested_decoder() -> Decoder {
    decoder(&["t timestamp", "id varchar user.id", "name varchar user.name", "zip varchar user.home.zip"])
}

fn row(message: &str) -> [String; 3] {
    let mut decoder = nested_decoder();
    let outcome = decoder.push(Some(message.as_bytes()));
    assert_eq!(reason(&outcome), "row", "{message}: {outcome:?}");
    let batch = decoder.finish().unwrap();
    [1, 2, 3].map(|column| shown(&batch, column, 0))
}

fn refused(message: impl AsRef<[u8]>) -> &'static str {
    reason(&nested_decoder().push(Some(message.as_ref())))
}

#[test]
fn a_tombstone_is_filtered() {
    assert_eq!(nested_decoder().push(None), Outcome::Filtered("tombstone"));
}

#[test]
fn only_one_json_object_in_utf8_is_a_message() {
    let not_json = [
        "",
        " ",
        "{",
        "}",
        "{}}",
        "{} x",
        "{}{}",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{'a':1}",
        "{a:1}",
        "[1,]",
        "[",
        "tru",
        "truex",
        "nul",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "-",
        "\"a",
        "\"\\x\"",
        "\"\t\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800\\ud800\"",
        "\"\\u12g4\"",
        "\u{feff}{}",
        "{\"a\":[}]}",
        "NaN",
        "{\"a\":\"\u{0}\"}",
        "{\"a\":1 \"b\":2}",
        "/**/{}",
        "{\"t\":0}\u{0}",
    ];
    for message in not_json {
        assert_eq!(refused(message), "not_json", "{message}");
    }
    assert_eq!(refused(b"{\"t\":0,\"x\":\"\xff\"}"), "not_utf8");
    assert_eq!(refused(b"\xed\xa0\x80"), "not_utf8");
    for message in ["1", "[]", "null", "\"a\"", " true ", "[{\"t\":0}]"] {
        assert_eq!(refused(message), "not_an_object", "{message}");
    }
    assert_eq!(row(" \r\n\t{ \"t\" : 0 } \n"), ["NULL", "NULL", "NULL"]);
}

#[test]
fn depth_is_limited_where_fields_are_skipped_too() {
    let deep = |levels: usize| format!(r#"{{"t":0,"x":{}1{}}}"#, "[".repeat(levels), "]".repeat(levels));
    assert_eq!(row(&deep(126)), ["NULL", "NULL", "NULL"]);
    assert_eq!(refused(deep(127)), "too_deep");
    let below = format!(r#"{{"t":0,"user":{{"id":{}}}}}"#, r#"{"a":"#.repeat(100_000));
    assert_eq!(refused(below), "too_deep");
}

#[test]
fn missing_and_null_anywhere_on_the_path_are_null() {
    for message in [
        r#"{"t":0}"#,
        r#"{"t":0,"user":null}"#,
        r#"{"t":0,"user":{}}"#,
        r#"{"t":0,"user":{"id":null,"name":null,"home":null}}"#,
        r#"{"t":0,"user":{"home":{"zip":null}}}"#,
        r#"{"t":0,"users":{"id":1},"id":"x","name":[],"home":{"zip":1}}"#,
    ] {
        assert_eq!(row(message), ["NULL", "NULL", "NULL"], "{message}");
    }
    assert_eq!(row(r#"{"user":{"home":{"zip":"z"},"id":"i"},"t":0}"#), ["i", "NULL", "z"]);
}

#[test]
fn a_parent_that_is_no_object_is_of_the_wrong_type() {
    for parent in ["1", "\"x\"", "[]", "true", "[{\"id\":1}]"] {
        assert_eq!(refused(format!(r#"{{"t":0,"user":{parent}}}"#)), "wrong_type");
        assert_eq!(refused(format!(r#"{{"t":0,"user":{{"home":{parent}}}}}"#)), "wrong_type");
    }
}

#[test]
fn the_last_of_duplicate_keys_counts_whole() {
    let cases = [
        (r#"{"t":0,"user":{"id":"a","id":"b"}}"#, ["b", "NULL", "NULL"]),
        (r#"{"t":0,"user":{"id":"a","id":null}}"#, ["NULL", "NULL", "NULL"]),
        (r#"{"t":0,"user":{"id":{},"id":"b"}}"#, ["b", "NULL", "NULL"]),
        (r#"{"t":0,"user":{"id":"a","home":{"zip":1}},"user":{"name":"n"}}"#, ["NULL", "n", "NULL"]),
        (r#"{"t":0,"user":{"id":"a"},"user":null}"#, ["NULL", "NULL", "NULL"]),
        (r#"{"t":0,"user":7,"user":{"id":"a"}}"#, ["a", "NULL", "NULL"]),
        (r#"{"t":[],"t":0,"user":{"home":5,"home":{"zip":"z"}}}"#, ["NULL", "NULL", "z"]),
    ];
    for (message, expected) in cases {
        assert_eq!(row(message), expected, "{message}");
    }
    assert_eq!(refused(r#"{"t":0,"user":{"id":"a"},"user":7}"#), "wrong_type");
    assert_eq!(refused(r#"{"t":0,"user":{"id":"a","id":[]}}"#), "wrong_type");
    assert_eq!(refused(r#"{"t":0,"t":null}"#), "event_time_missing");
}

#[test]
fn keys_are_compared_unescaped() {
    assert_eq!(row(r#"{"t":0,"\u0075ser":{"\u0069d":"a","na\u006de":"n"}}"#), ["a", "n", "NULL"]);
    let mut decoder = decoder(&["t timestamp", "x varchar a\"b\\c", "y varchar é"]);
    let message = r#"{"t":0,"a\"b\\c":"x","\u00e9":"y"}"#;
    for _ in 0..2 {
        assert_eq!(reason(&decoder.push(Some(message.as_bytes()))), "row");
    }
    let batch = decoder.finish().unwrap();
    assert_eq!([shown(&batch, 1, 1), shown(&batch, 2, 1)], ["x", "y"]);
    assert_eq!(reason(&decoder.push(Some(br#"{"t":0,"a"b\c":"x"}"#))), "not_json");
}

#[test]
fn numbers_too_large_for_a_double_are_json() {
    assert_eq!(row(r#"{"t":0,"x":1e999,"user":{"id":-1e999}}"#), ["-1e999", "NULL", "NULL"]);
}

#[test]
fn many_unknown_keys_are_forgotten_without_harm() {
    let mut decoder = nested_decoder();
    for message in 0..50 {
        let unknown: String = (0..20).map(|key| format!(r#""k{message}_{key}":[{key}],"#)).collect();
        let message = format!(r#"{{{unknown}"user":{{{unknown}"id":"a"}},"t":0}}"#);
        assert_eq!(reason(&decoder.push(Some(message.as_bytes()))), "row");
    }
    let batch = decoder.finish().unwrap();
    assert!((0..50).all(|row| shown(&batch, 1, row) == "a"));
}

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(""), 1 => Just(" "), 1 => Just("\n\t"), 1 => Just(" \r ")]
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z ]{0,20}",
        1 => "[é😀\u{7f}\u{80}]{1,3}",
        1 => Just(r#"\""#.to_owned()),
        1 => r#"\\[\\/bfnrt]"#,
        1 => "\\\\u00[0-9a-fA-F]{2}",
        1 => Just(r"\ud83d\ude00".to_owned()),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn key() -> impl Strategy<Value = String> {
    let known =
        prop::sample::select(vec!["t", "user", "id", "name", "home", "zip", r"\u0075ser", "i\\u0064", ""]);
    prop_oneof![4 => known.prop_map(|key| format!("\"{key}\"")), 1 => text()]
}

/// Documents as text, with everything that JSON allows.
fn document() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,2})?",
        "[0-9]{1,3}".prop_map(|number| number.parse::<u32>().unwrap().to_string()),
        text(),
    ];
    scalar.prop_recursive(6, 60, 6, |value| {
        let member = (space(), key(), space(), space(), value.clone(), space())
            .prop_map(|(a, key, b, c, value, d)| format!("{a}{key}{b}:{c}{value}{d}"));
        let item = (space(), value, space()).prop_map(|(a, value, b)| format!("{a}{value}{b}"));
        prop_oneof![
            4 => prop::collection::vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(","))),
            1 => prop::collection::vec(item, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
        ]
    })
}

/// Byte edits that often hit structure.
fn mutation() -> impl Strategy<Value = (prop::sample::Index, Option<u8>, bool)> {
    let byte = prop_oneof![
        3 => prop::sample::select(b"{}[]\",:\\ \n0-.eE1tnfu\x00\x1f\x7f\xc3\xff".to_vec()),
        1 => any::<u8>(),
    ];
    (any::<prop::sample::Index>(), prop::option::of(byte), any::<bool>())
}

fn mutate(mut message: Vec<u8>, edits: &[(prop::sample::Index, Option<u8>, bool)]) -> Vec<u8> {
    for (at, byte, insert) in edits {
        let at = at.index(message.len() + 1);
        match (byte, insert) {
            (Some(byte), false) if at < message.len() => message[at] = *byte,
            (Some(byte), _) => message.insert(at, *byte),
            (None, false) => message.truncate(at),
            (None, true) if at < message.len() => drop(message.remove(at)),
            _ => {}
        }
    }
    message
}

/// What serde_json says: accepted, or a reason. Nothing where it stops at a number beyond the range
/// of a double, which is valid JSON.
fn expected_grammar(message: &[u8]) -> Option<Result<(), &'static str>> {
    if std::str::from_utf8(message).is_err() {
        return Some(Err("not_utf8"));
    }
    match serde_json::from_slice::<Value>(message) {
        Ok(Value::Object(_)) => Some(Ok(())),
        Ok(_) => Some(Err("not_an_object")),
        Err(error) if error.to_string().starts_with("recursion limit") => Some(Err("too_deep")),
        Err(error) if error.to_string().starts_with("number out of range") => None,
        Err(_) => Some(Err("not_json")),
    }
}

fn check_grammar(decoder: &mut Decoder, message: &[u8]) -> Result<(), TestCaseError> {
    let outcome = decoder.push(Some(message));
    let grammar = ["not_utf8", "not_json", "too_deep", "not_an_object"];
    let reason = reason(&outcome);
    let found = if grammar.contains(&reason) { Err(reason) } else { Ok(()) };
    if let Some(expected) = expected_grammar(message) {
        prop_assert_eq!(found, expected, "{} {:?}", String::from_utf8_lossy(message), outcome);
    }
    Ok(())
}

/// The value at `path` as serde_json sees it, or whether a parent is no object.
fn walk<'v>(value: &'v Value, path: &[&str]) -> Result<&'v Value, ()> {
    let mut value = value;
    for key in path {
        value = match value {
            Value::Object(members) => members.get(*key).unwrap_or(&Value::Null),
            Value::Null => &Value::Null,
            _ => return Err(()),
        };
    }
    Ok(value)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn accepts_what_serde_json_accepts(documents in prop::collection::vec(document(), 1..4)) {
        // One decoder for all, so that what it learned from one message meets another.
        let mut decoder = nested_decoder();
        for document in documents {
            check_grammar(&mut decoder, document.as_bytes())?;
        }
    }

    #[test]
    fn refuses_what_serde_json_refuses(
        documents in prop::collection::vec((document(), prop::collection::vec(mutation(), 1..4)), 1..4),
    ) {
        let mut decoder = nested_decoder();
        for (document, edits) in documents {
            check_grammar(&mut decoder, document.as_bytes())?;
            check_grammar(&mut decoder, &mutate(document.into_bytes(), &edits))?;
        }
    }

    #[test]
    fn depth_is_counted_as_serde_json_counts(levels in 120usize..135, objects in any::<u128>(), below: bool) {
        let mut message = if below { r#"{"user":{"home":"#.to_owned() } else { r#"{"x":"#.to_owned() };
        let mut close = if below { "}}".to_owned() } else { "}".to_owned() };
        for level in 0..levels {
            let object = objects >> (level % 128) & 1 == 1;
            message.push_str(if object { "{\"zip\":" } else { "[" });
            close.insert(0, if object { '}' } else { ']' });
        }
        check_grammar(&mut nested_decoder(), format!("{message}1{close}").as_bytes())?;
    }

    #[test]
    fn arbitrary_bytes_never_panic(message in prop::collection::vec(any::<u8>(), 0..200)) {
        check_grammar(&mut nested_decoder(), &message)?;
    }

    #[test]
    fn finds_what_serde_json_finds(documents in prop::collection::vec(document(), 1..4)) {
        let mut decoder = nested_decoder();
        for document in documents {
            // A member at the end gives an event time to whatever has none.
            let first = document.trim_start_matches(['{', ' ', '\n', '\t', '\r']);
            let comma = if first.starts_with('"') { "," } else { "" };
            let Some(members) = document.strip_suffix('}') else { continue };
            let document = format!("{members}{comma}\"t\":0}}");
            let Ok(value @ Value::Object(_)) = serde_json::from_str::<Value>(&document) else { continue };
            let paths: [&[&str]; 3] = [&["user", "id"], &["user", "name"], &["user", "home", "zip"]];
            let found = paths.map(|path| walk(&value, path));
            let compound = |found: &Result<&Value, ()>| found.is_ok_and(|v| v.is_object() || v.is_array());
            let refused = found.iter().any(|found| found.is_err() || compound(found));
            let outcome = decoder.push(Some(document.as_bytes()));
            match reason(&outcome) {
                "row" => {
                    prop_assert!(!refused);
                    let batch = decoder.finish().unwrap();
                    for (at, value) in found.into_iter().enumerate() {
                        let shown = shown(&batch, at + 1, 0);
                        match value.unwrap() {
                            Value::Null => prop_assert_eq!(shown, "NULL"),
                            Value::Bool(value) => prop_assert_eq!(shown, value.to_string()),
                            Value::String(text) => prop_assert_eq!(&shown, text),
                            // serde_json reads doubles to within a few units in the last place.
                            number => {
                                let (found, near) = (shown.parse::<f64>().unwrap(), number.as_f64().unwrap());
                                prop_assert!((found - near).abs() <= near.abs() * 1e-14, "{}", found);
                            }
                        }
                    }
                }
                other => prop_assert!(other == "wrong_type" && refused, "{}", other),
            }
        }
    }
}
