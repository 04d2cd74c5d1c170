//! The third table of the module: event times in every format.

use chrono::{NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;

fn pattern(pattern: &str, zone: &str) -> EventTimeFormat {
    EventTimeFormat::Pattern { pattern: pattern.into(), zone: zone.parse().unwrap() }
}

fn decoder_for(format: EventTimeFormat) -> Decoder {
    Decoder::new(&model(&["t timestamp"], format), &[]).unwrap()
}

fn push(decoder: &mut Decoder, value: &str) -> String {
    match decoder.push(Some(format!(r#"{{"t":{value}}}"#).as_bytes())) {
        Outcome::Row { event_time } => cube::time::instant(event_time),
        other => reason(&other).to_owned(),
    }
}

fn check(format: EventTimeFormat, cases: &[(&str, &str)]) {
    let mut decoder = decoder_for(format.clone());
    for (value, expected) in cases {
        assert_eq!(push(&mut decoder, value), *expected, "{value} in {format:?}");
    }
}

#[test]
fn epochs_take_numbers_and_strings_with_decimals() {
    let seconds = [
        ("1767225600", "2026-01-01 00:00:00"),
        ("1767225600.1234567", "2026-01-01 00:00:00.123456"),
        (r#""1767225600.5""#, "2026-01-01 00:00:00.500"),
        ("1.7672256e9", "2026-01-01 00:00:00"),
        ("-0.0000001", "1969-12-31 23:59:59.999999"),
        ("1767225600000", "event_time_out_of_range"),
        ("1e400", "event_time_out_of_range"),
        ("253402300799.999999", "9999-12-31 23:59:59.999999"),
        ("253402300800", "event_time_out_of_range"),
        ("-62135596800", "0001-01-01 00:00:00"),
        ("-62135596800.000001", "event_time_out_of_range"),
        (r#""""#, "event_time_invalid"),
        (r#""soon""#, "event_time_invalid"),
        ("true", "event_time_invalid"),
        ("[0]", "event_time_invalid"),
        ("{}", "event_time_invalid"),
        ("null", "event_time_missing"),
    ];
    check(EventTimeFormat::EpochSeconds, &seconds);
    check(EventTimeFormat::EpochMillis, &[("1767225600000.5", "2026-01-01 00:00:00.000500")]);
    check(
        EventTimeFormat::EpochMicros,
        &[("1767225600000000", "2026-01-01 00:00:00"), ("-0.5", "1969-12-31 23:59:59.999999")],
    );
    let mut decoder = decoder_for(EventTimeFormat::EpochMillis);
    assert_eq!(reason(&decoder.push(Some(b"{}"))), "event_time_missing");
}

#[test]
fn rfc3339_needs_an_offset() {
    let cases = [
        (r#""2026-01-01T00:00:00Z""#, "2026-01-01 00:00:00"),
        (r#""2026-01-01T05:45:00.25+05:45""#, "2026-01-01 00:00:00.250"),
        (r#""2026-01-01T00:00:00""#, "event_time_invalid"),
        (r#""0001-01-01T00:00:00+00:01""#, "event_time_out_of_range"),
        ("1767225600", "event_time_invalid"),
    ];
    check(EventTimeFormat::Rfc3339, &cases);
}

#[test]
fn local_times_are_read_in_the_zone_of_the_model() {
    let berlin = [
        (r#""2026-07-01 12:00:00""#, "2026-07-01 10:00:00"),
        (r#""2026-01-01 12:00:00""#, "2026-01-01 11:00:00"),
        // The clock went from 02:00 to 03:00, and in autumn from 03:00 back to 02:00.
        (r#""2026-03-29 01:59:59""#, "2026-03-29 00:59:59"),
        (r#""2026-03-29 02:00:00""#, "event_time_skipped"),
        (r#""2026-03-29 02:30:00""#, "event_time_skipped"),
        (r#""2026-03-29 03:00:00""#, "2026-03-29 01:00:00"),
        (r#""2026-10-25 02:30:00""#, "2026-10-25 00:30:00"),
        (r#""2026-10-25 03:00:00""#, "2026-10-25 02:00:00"),
        (r#""2026-1-1 1:2:3""#, "2026-01-01 00:02:03"),
        (r#""2026-07-01 12:00""#, "event_time_invalid"),
        (r#""2026-07-01 12:00:00 ""#, "event_time_invalid"),
        (r#""2026-13-01 12:00:00""#, "event_time_invalid"),
        (r#""10000-01-01 00:00:00""#, "event_time_invalid"),
        (r#""+300000-01-01 00:00:00""#, "event_time_invalid"),
        (r#""+200000-01-01 00:00:00""#, "event_time_out_of_range"),
        ("null", "event_time_missing"),
    ];
    check(pattern("%Y-%m-%d %H:%M:%S", "Europe/Berlin"), &berlin);
    // Midnight does not exist on the day the clocks go forward.
    check(
        pattern("%Y-%m-%d", "America/Sao_Paulo"),
        &[(r#""2017-10-15""#, "event_time_skipped"), (r#""2017-10-16""#, "2017-10-16 02:00:00")],
    );
}

#[test]
fn patterns_with_an_offset_or_epoch_ignore_the_zone() {
    check(
        pattern("%Y-%m-%d %H:%M:%S %z", "Europe/Berlin"),
        &[(r#""2026-07-01 12:00:00 +0000""#, "2026-07-01 12:00:00")],
    );
    check(pattern("%+", "Europe/Berlin"), &[(r#""2026-07-01T12:00:00-01:00""#, "2026-07-01 13:00:00")]);
    check(pattern("%s", "Europe/Berlin"), &[("1767225600", "2026-01-01 00:00:00")]);
    check(pattern("%Y-%m-%d%z", "UTC"), &[(r#""2026-07-01+0200""#, "2026-06-30 22:00:00")]);
}

#[test]
fn parts_of_the_day_that_the_pattern_lacks_are_zero() {
    check(pattern("%d/%m/%Y", "UTC"), &[(r#""31/12/2025""#, "2025-12-31 00:00:00")]);
    check(
        pattern("%Y%m%d%H", "UTC"),
        &[("2025123123", "2025-12-31 23:00:00"), (r#""2025123123""#, "2025-12-31 23:00:00")],
    );
    check(pattern("%e %b %Y %I:%M %p", "UTC"), &[(r#"" 5 Mar 2026 11:30 PM""#, "2026-03-05 23:30:00")]);
}

#[test]
fn fractions_after_a_point_are_fractions() {
    for fraction in ["%.f", ".%f"] {
        let cases = [
            (r#""12:00:00.5 2026-07-01""#, "2026-07-01 12:00:00.500"),
            (r#""12:00:00.123456789 2026-07-01""#, "2026-07-01 12:00:00.123456"),
            (r#""12:00:00 2026-07-01""#, "2026-07-01 12:00:00"),
        ];
        check(pattern(&format!("%H:%M:%S{fraction} %Y-%m-%d"), "UTC"), &cases);
    }
    check(pattern("%Y%m%d%H%M%S%3f", "UTC"), &[(r#""20260701120000125""#, "2026-07-01 12:00:00.125")]);
}

#[test]
fn patterns_that_determine_no_instant_are_refused_at_once() {
    for text in ["%H:%M:%S", "%Y-%m", "now", "%Q", "%Y%m%d%H%M%S%f"] {
        let refused = Decoder::new(&model(&["t timestamp"], pattern(text, "UTC")), &[]);
        let error = refused.err().unwrap_or_else(|| panic!("{text} was accepted")).to_string();
        assert!(error.contains(text) && error.contains("use"), "{error}");
    }
}

proptest! {
    #[test]
    fn patterns_agree_with_chrono(
        date in "[ +-]?[0-9]{1,5}-[01]?[0-9]-[0-3]?[0-9]",
        time in "[T ][0-2]?[0-9]:[0-6]?[0-9]:[0-6]?[0-9](\\.[0-9]{0,11})?",
    ) {
        let text = format!("{date}{time}");
        let range = cube::time::EVENT_TIME_MIN..=cube::time::EVENT_TIME_MAX;
        let patterns = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%.f", "%F %T%.f"];
        for strftime in patterns {
            let expected = NaiveDateTime::parse_from_str(&text, strftime);
            let expected = expected.ok().map(|time| time.and_utc().timestamp_micros());
            let mut decoder = decoder_for(pattern(strftime, "UTC"));
            match decoder.push(Some(format!(r#"{{"t":"{text}"}}"#).as_bytes())) {
                Outcome::Row { event_time } => prop_assert_eq!(Some(event_time), expected),
                outcome if reason(&outcome) == "event_time_invalid" => prop_assert_eq!(expected, None),
                outcome => {
                    prop_assert_eq!(reason(&outcome), "event_time_out_of_range");
                    prop_assert!(!range.contains(&expected.unwrap()));
                }
            }
        }
    }

    #[test]
    fn zones_agree_with_chrono(
        // Zones and changes of their clocks: by half an hour, by odd seconds, at a minute past the
        // hour, by a day.
        (zone, change) in prop::sample::select(vec![
            ("Europe/Berlin", 1_774_746_000),
            ("Europe/Berlin", 1_792_890_000),
            ("America/Sao_Paulo", 1_508_036_400),
            ("Australia/Lord_Howe", 1_775_314_800),
            ("Africa/Monrovia", 63_593_070),
            ("Asia/Kathmandu", 504_901_800),
            ("America/St_Johns", 1_268_537_460),
            ("America/St_Johns", 1_289_097_060),
            ("Pacific/Apia", 1_325_239_200),
            ("Europe/Amsterdam", -1_025_740_800),
        ]),
        elsewhere in prop::option::weighted(0.2, -2_500_000_000i64..2_500_000_000),
        // In small steps, which meet the remembered hour.
        steps in prop::collection::vec(-3_000i64..3_000, 1..60),
    ) {
        let tz: Tz = zone.parse().unwrap();
        let mut decoder = decoder_for(pattern("%Y-%m-%d %H:%M:%S", zone));
        let naive = |seconds| chrono::DateTime::from_timestamp(seconds, 0).unwrap().naive_utc();
        let start = elsewhere.unwrap_or(change);
        let mut at = start + i64::from(tz.offset_from_utc_datetime(&naive(start)).fix().local_minus_utc());
        for step in steps {
            at += step;
            let earliest = tz.from_local_datetime(&naive(at)).earliest();
            let expected = earliest.map(|time| cube::time::instant(time.timestamp_micros()));
            let written = naive(at).format("\"%Y-%m-%d %H:%M:%S\"").to_string();
            prop_assert_eq!(push(&mut decoder, &written), expected.unwrap_or("event_time_skipped".into()));
        }
    }
}

#[test]
fn a_pattern_that_determines_no_instant_is_found_by_looking_at_the_model() {
    let with = |text: &str| super::super::check(&model(&["t timestamp", "x varchar"], pattern(text, "UTC")));
    with("%Y-%m-%d %H:%M:%S").unwrap();
    for wrong in ["%H:%M:%S", "%Y-%m", "noon", "%Y-%m-%d %H:%M:%S%f"] {
        let error = with(wrong).unwrap_err();
        assert_eq!(error.kind(), cube::ErrorKind::Invalid);
        let text = error.to_string();
        for word in ["model m: table.event_time.format", wrong, "use "] {
            assert!(text.contains(word), "{word:?} is missing in: {text}");
        }
    }
}
