//! The second table of the module, row by row, and typed values against independent readings.

use proptest::prelude::*;

use super::*;

#[test]
fn varchar_takes_scalars_as_they_are_written() {
    let cases = [
        (r#""a b""#, "a b"),
        (r#""""#, ""),
        (r#""\u00e9\ud83d\ude00\n\"\\\/""#, "é😀\n\"\\/"),
        ("\"é😀\"", "é😀"),
        ("4.0", "4.0"),
        ("-1E5", "-1E5"),
        ("true", "true"),
        ("false", "false"),
        ("null", "NULL"),
        ("{}", "wrong_type"),
        ("[1]", "wrong_type"),
    ];
    check("varchar", &cases);
}

#[test]
fn texts_that_nearly_agree_stay_apart() {
    // In steps of one byte over the lengths at which the dictionary changes its ways.
    let mut texts: Vec<String> = vec!["\0".into(), "a\0".into(), "a".into()];
    for length in [0, 2, 7, 8, 14, 15, 16, 17, 31, 32, 33, 48, 100] {
        texts.push("x".repeat(length));
        for at in 0..length {
            let mut text = "x".repeat(length);
            text.replace_range(at..=at, "y");
            texts.push(text);
        }
    }
    for more in ["", r#","later":"so that the string is not at the end""#] {
        let mut decoder = decoder_of("varchar");
        for text in texts.iter().chain(&texts) {
            let message = format!(r#"{{"t":0,"x":{}{more}}}"#, serde_json::to_string(text).unwrap());
            assert_eq!(reason(&decoder.push(Some(message.as_bytes()))), "row");
        }
        let batch = decoder.finish().unwrap();
        assert!(texts.iter().chain(&texts).enumerate().all(|(row, text)| shown(&batch, 1, row) == *text));
        assert_eq!(batch.column(1).as_dictionary::<UInt32Type>().values().len(), texts.len());
    }
}

#[test]
fn integers_are_exact_and_whole() {
    let cases = [
        ("4", "4"),
        ("-0", "0"),
        ("4.0", "4"),
        ("4e2", "400"),
        ("400e-2", "4"),
        ("0e999999999999999999999", "0"),
        (r#""17""#, "17"),
        (r#""\u0031\u0037""#, "17"),
        ("4.5", "not_integral"),
        ("1e-400", "not_integral"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775808", "out_of_range"),
        ("9999999999999999999", "out_of_range"),
        ("-9223372036854775809", "out_of_range"),
        ("1e400", "out_of_range"),
        ("1e99999999999999999999999", "out_of_range"),
        ("9223372036854775807.000000000000000000000000000000000000000000000000", "9223372036854775807"),
        ("null", "NULL"),
        ("true", "wrong_type"),
        ("{}", "wrong_type"),
    ];
    check("bigint", &cases);
    let refused = ["", " 4", "4 ", "+4", "0x4", "NaN", "Infinity", "1_000", "04", ".5", "5.", "4e", "-", "٤"];
    for text in refused {
        assert_eq!(read("bigint", &format!("{text:?}")), "wrong_type", "{text:?}");
    }
    check(
        "integer",
        &[("2147483647", "2147483647"), ("2147483648", "out_of_range"), ("-2147483649", "out_of_range")],
    );
}

#[test]
fn decimals_never_pass_through_a_float() {
    let cases = [
        ("38.2", "38.20"),
        ("0.1", "0.10"),
        (r#""-0.07""#, "-0.07"),
        ("1.10000000000000000000000000000000000000000000", "1.10"),
        ("123e-2", "1.23"),
        ("1.23e2", "123.00"),
        ("999.99", "999.99"),
        ("1000", "out_of_range"),
        ("1e3", "out_of_range"),
        ("1e999999999999", "out_of_range"),
        ("0.001", "too_precise"),
        ("1000.001", "too_precise"),
        ("1e-999999999999", "too_precise"),
        ("0e999999999999", "0.00"),
        ("0.000", "0.00"),
        ("false", "wrong_type"),
        (r#""""#, "wrong_type"),
    ];
    check("decimal(5,2)", &cases);
    let widest = "9".repeat(38);
    check(
        "decimal(38,0)",
        &[
            (&widest, &widest),
            (&format!("{widest}0"), "out_of_range"),
            ("1e37", &format!("1{}", "0".repeat(37))),
        ],
    );
    check(
        "decimal(19,4)",
        &[("999999999999999.9999", "999999999999999.9999"), ("1800000000000000", "out_of_range")],
    );
}

#[test]
fn floats_round_once_and_never_overflow() {
    let cases = [
        ("38.2", "38.2"),
        ("1e308", "1e308"),
        ("1e309", "out_of_range"),
        ("-1e99999999999999999999", "out_of_range"),
        ("1e-400", "0.0"),
        ("-0", "-0.0"),
        (r#""2.5""#, "2.5"),
        (r#""x""#, "wrong_type"),
        ("true", "wrong_type"),
    ];
    check("double", &cases);
    // Through a double it would round down to the even neighbour.
    check(
        "float",
        &[("1.00000005960464477540", "1.0000001"), ("3.5e38", "out_of_range"), ("16777217", "16777216.0")],
    );
}

#[test]
fn booleans_and_dates() {
    let cases = [
        ("true", "true"),
        ("false", "false"),
        (r#""TRUE""#, "true"),
        (r#""fAlse""#, "false"),
        (r#""yes""#, "wrong_type"),
        ("1", "wrong_type"),
        ("null", "NULL"),
    ];
    check("boolean", &cases);
    let cases = [
        (r#""2024-02-29""#, "2024-02-29"),
        (r#""0001-01-01""#, "0001-01-01"),
        (r#""0000-12-31""#, "out_of_range"),
        (r#""2023-02-29""#, "wrong_type"),
        (r#""2024-2-29""#, "wrong_type"),
        (r#""2024-02-29T00:00:00Z""#, "wrong_type"),
        (r#""""#, "wrong_type"),
        ("20240229", "wrong_type"),
        ("null", "NULL"),
    ];
    check("date", &cases);
}

#[test]
fn timestamps_are_utc_and_floored_to_microseconds() {
    let cases = [
        (r#""2026-01-01T01:00:00+01:00""#, "2026-01-01T00:00:00"),
        (r#""2026-01-01t00:00:00.1234569z""#, "2026-01-01T00:00:00.123456"),
        (r#""2026-01-01 00:00:00.5""#, "2026-01-01T00:00:00.500"),
        (r#""2026-01-01 00:00:00Z""#, "2026-01-01T00:00:00"),
        (r#""1969-12-31 23:59:59.9999999""#, "1969-12-31T23:59:59.999999"),
        (r#""2016-12-31T23:59:60Z""#, "2017-01-01T00:00:00"),
        ("1767225600000", "2026-01-01T00:00:00"),
        ("-0.0001", "1969-12-31T23:59:59.999999"),
        ("0.5", "1970-01-01T00:00:00.000500"),
        (r#""2026-01-01T00:00:00""#, "wrong_type"),
        (r#""2026-01-01""#, "wrong_type"),
        (r#""1767225600000""#, "wrong_type"),
        (r#""2026-01-01 24:00:00""#, "wrong_type"),
        (r#""2026-01-01T00:00:00+24:00""#, "wrong_type"),
        (r#""2026-01-01T00:00:00.Z""#, "wrong_type"),
        ("1e18", "out_of_range"),
        ("1e300", "out_of_range"),
        (r#""0000-01-01T00:00:00Z""#, "out_of_range"),
        ("true", "wrong_type"),
        ("null", "NULL"),
    ];
    check("timestamp", &cases);
}

#[test]
fn details_name_column_value_and_way_out() {
    let mut decoder = decoder_of("integer");
    let long = "z".repeat(300);
    let Outcome::Rejected(rejection) = decoder.push(Some(format!(r#"{{"t":0,"x":"{long}"}}"#).as_bytes()))
    else {
        panic!("a row")
    };
    let cut = &long[..79];
    let expected = format!(
        "column x: \"{cut}… is not accepted; use a whole number from -2147483648 to 2147483647, as a number or a \
         string that holds one"
    );
    assert_eq!(rejection.detail, expected);
    let Outcome::Rejected(rejection) = decoder.push(Some(br#"{"t":0,"x" 5}"#)) else { panic!("a row") };
    assert_eq!(
        rejection.detail,
        "byte 11: a colon is expected after the key at 5}; a message is one JSON object"
    );
}

/// A number as text, and the digits before and after its point once the exponent is applied.
fn number() -> impl Strategy<Value = (String, bool, String, String)> {
    let whole = prop_oneof![Just("0".to_owned()), "[1-9][0-9]{0,3}", "[1-9][0-9]{15,40}"];
    let fraction = prop_oneof![Just(String::new()), "[0-9]{1,4}", "[0-9]{10,40}", "0{1,40}"];
    let exponent = prop_oneof![3 => Just(None), 1 => (-45i32..45).prop_map(Some)];
    (any::<bool>(), whole, fraction, exponent, any::<bool>()).prop_map(
        |(negative, whole, fraction, exponent, big)| {
            let sign = if negative { "-" } else { "" };
            let point = if fraction.is_empty() { "" } else { "." };
            let power = exponent.map(|exponent| format!("{}{exponent}", if big { "E" } else { "e" }));
            let text = format!("{sign}{whole}{point}{fraction}{}", power.unwrap_or_default());
            let mut digits = format!("{whole}{fraction}");
            let mut place = whole.len() as i32 + exponent.unwrap_or(0);
            while place < 1 {
                digits.insert(0, '0');
                place += 1;
            }
            while digits.len() < place as usize {
                digits.push('0');
            }
            let (whole, fraction) = digits.split_at(place as usize);
            let whole = whole.trim_start_matches('0').to_owned();
            (text, negative, whole, fraction.trim_end_matches('0').to_owned())
        },
    )
}

/// The number shifted by `scale` digits as an i128 of at most `precision` digits.
fn expected_scaled(
    (_, negative, whole, fraction): &(String, bool, String, String),
    precision: usize,
    scale: usize,
    fractional: &'static str,
) -> Result<i128, &'static str> {
    if fraction.len() > scale {
        return Err(fractional);
    }
    let digits = format!("{whole}{fraction:0<scale$}");
    let digits = digits.trim_start_matches('0');
    if digits.len() > precision {
        return Err("out_of_range");
    }
    let value = if digits.is_empty() { 0 } else { digits.parse::<i128>().unwrap() };
    Ok(if *negative { -value } else { value })
}

proptest! {
    #[test]
    fn integers_agree_with_the_digits(number in number(), quoted: bool) {
        let value = if quoted { format!("\"{}\"", number.0) } else { number.0.clone() };
        let expected = expected_scaled(&number, 38, 0, "not_integral");
        let bigint = expected.and_then(|value| i64::try_from(value).map_err(|_| "out_of_range"));
        let shown = bigint.map_or_else(str::to_owned, |value| value.to_string());
        prop_assert_eq!(read("bigint", &value), shown);
        let integer = expected.and_then(|value| i32::try_from(value).map_err(|_| "out_of_range"));
        let shown = integer.map_or_else(str::to_owned, |value| value.to_string());
        prop_assert_eq!(read("integer", &value), shown);
    }

    #[test]
    fn decimals_agree_with_the_digits(
        number in number(),
        precision in 1u8..=38,
        down in 0u8..=38,
        quoted: bool,
    ) {
        let scale = precision.saturating_sub(down);
        let value = if quoted { format!("\"{}\"", number.0) } else { number.0.clone() };
        let column_type = format!("decimal({precision},{scale})");
        let mut decoder = decoder_of(&column_type);
        let outcome = decoder.push(Some(format!(r#"{{"t":0,"x":{value}}}"#).as_bytes()));
        match expected_scaled(&number, precision.into(), scale.into(), "too_precise") {
            Err(expected) => prop_assert_eq!(reason(&outcome), expected),
            Ok(expected) => {
                prop_assert_eq!(reason(&outcome), "row");
                let batch = decoder.finish().unwrap();
                let array = batch.column(1).as_primitive::<arrow::datatypes::Decimal128Type>();
                prop_assert_eq!(array.value(0), expected);
            }
        }
    }

    #[test]
    fn floats_agree_with_the_standard_library(number in number(), more in -330i32..330) {
        for value in [number.0.clone(), format!("{}e{more}", number.0.split(['e', 'E']).next().unwrap())] {
            let mut decoder = decoder(&["t timestamp", "x double", "y float y"]);
            let message = format!(r#"{{"t":0,"x":{value},"y":0}}"#);
            let expected: f64 = value.parse().unwrap();
            let outcome = decoder.push(Some(message.as_bytes()));
            if expected.is_infinite() {
                prop_assert_eq!(reason(&outcome), "out_of_range");
            } else {
                prop_assert_eq!(reason(&outcome), "row");
                let batch = decoder.finish().unwrap();
                let found = batch.column(1).as_primitive::<arrow::datatypes::Float64Type>().value(0);
                prop_assert_eq!(found.to_bits(), expected.to_bits());
            }
            let expected: f32 = value.parse().unwrap();
            let outcome = decoder.push(Some(format!(r#"{{"t":0,"y":{value}}}"#).as_bytes()));
            if expected.is_infinite() {
                prop_assert_eq!(reason(&outcome), "out_of_range");
            } else {
                let batch = decoder.finish().unwrap();
                let found = batch.column(2).as_primitive::<arrow::datatypes::Float32Type>().value(0);
                prop_assert_eq!(found.to_bits(), expected.to_bits());
            }
        }
    }

    #[test]
    fn floats_agree_where_the_quick_way_ends(
        numbers in prop::collection::vec((any::<u64>(), 0u32..64, 0usize..20), 100),
    ) {
        let mut decoder = decoder(&["t timestamp", "x double", "y float x2"]);
        let texts: Vec<_> = numbers.iter().map(|(bits, shift, decimals)| {
            let digits = format!("{:0>width$}", bits >> shift, width = decimals + 1);
            let (whole, fraction) = digits.split_at(digits.len() - decimals);
            format!("{whole}{}{fraction}", if fraction.is_empty() { "" } else { "." })
        }).collect();
        for text in &texts {
            let outcome = decoder.push(Some(format!(r#"{{"t":0,"x":{text},"x2":{text}}}"#).as_bytes()));
            prop_assert_eq!(reason(&outcome), "row");
        }
        let batch = decoder.finish().unwrap();
        let doubles = batch.column(1).as_primitive::<arrow::datatypes::Float64Type>();
        let floats = batch.column(2).as_primitive::<arrow::datatypes::Float32Type>();
        for (row, text) in texts.iter().enumerate() {
            prop_assert_eq!(doubles.value(row).to_bits(), text.parse::<f64>().unwrap().to_bits(), "{}", text);
            prop_assert_eq!(floats.value(row).to_bits(), text.parse::<f32>().unwrap().to_bits(), "{}", text);
        }
    }

    #[test]
    fn milliseconds_agree_with_the_digits(number in number()) {
        let (text, negative, whole, fraction) = number;
        let shifted = format!("{whole}{:0<3}", &fraction[..fraction.len().min(3)]);
        let magnitude = shifted.parse::<i128>().unwrap_or(i128::MAX / 2);
        let cut = fraction.len() > 3;
        let micros = if negative { -magnitude - i128::from(cut) } else { magnitude };
        let range = i128::from(cube::time::EVENT_TIME_MIN)..=i128::from(cube::time::EVENT_TIME_MAX);
        let mut decoder = decoder(&["t timestamp"]);
        match decoder.push(Some(format!(r#"{{"t":{text}}}"#).as_bytes())) {
            Outcome::Row { event_time } => prop_assert_eq!(i128::from(event_time), micros),
            outcome => {
                prop_assert_eq!(reason(&outcome), "event_time_out_of_range");
                prop_assert!(!range.contains(&micros));
            }
        }
    }

    #[test]
    fn strings_agree_with_serde_json(texts in prop::collection::vec(any::<String>(), 1..20), ascii: bool) {
        let mut decoder = decoder_of("varchar");
        for text in &texts {
            let mut written = serde_json::to_string(text).unwrap();
            if ascii {
                written = written.chars().map(|c| match c {
                    ' '..='~' => c.to_string(),
                    _ => c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04X}")).collect(),
                }).collect();
            }
            let outcome = decoder.push(Some(format!(r#"{{"t":0,"x":{written}}}"#).as_bytes()));
            prop_assert_eq!(reason(&outcome), "row");
        }
        let batch = decoder.finish().unwrap();
        for (row, text) in texts.iter().enumerate() {
            prop_assert_eq!(&shown(&batch, 1, row), text);
        }
        let distinct: std::collections::HashSet<_> = texts.iter().collect();
        prop_assert_eq!(batch.column(1).as_dictionary::<UInt32Type>().values().len(), distinct.len());
    }

    #[test]
    fn rfc3339_agrees_with_chrono(
        (date, time, offset) in (
            "(20[0-9]{2}|[0-9]{4})-[0-1][0-9]-[0-3][0-9]",
            "[Tt ][0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,12})?",
            "(Z|z|[+-][0-2][0-9]:[0-5][0-9])",
        ),
        cut in 0usize..40,
        with in "[0-9TZ:. +-]?",
    ) {
        let text = format!("{date}{time}{offset}");
        let mut changed = text.clone();
        if cut < text.len() {
            changed.replace_range(cut..cut + 1, &with);
        }
        for text in [text, changed] {
            let expected = chrono::DateTime::parse_from_rfc3339(&text).ok();
            let expected = expected.map(|time| time.timestamp_micros());
            prop_assert_eq!(super::super::instant::rfc3339(text.as_bytes()), expected, "{}", text);
        }
    }
}
