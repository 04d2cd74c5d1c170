//! What is accepted and what is refused.

use super::*;
use crate::ErrorKind;

#[test]
fn a_schedule_is_written_as_it_is_read() {
    for json in [
        r#"{"every":"5m","time_zone":"UTC","priority":0}"#,
        r#"{"cron":"*/5 8-19 * * MON-FRI","time_zone":"Europe/Berlin","max_messages_per_segment":1000,"priority":-3}"#,
        r#"{"time_zone":"UTC","priority":0,"windows":[{"from":"08:00","to":"20:00","days":["MON","TUE"],"every":"90s"},{"from":"20:00","to":"24:00","cron":"0 * * * *"}]}"#,
    ] {
        assert_eq!(spec(json).to_json(), json);
    }
    let short = spec(r#"{"every":"60m"}"#);
    assert_eq!((short.time_zone, short.priority, short.max_messages_per_segment), (Tz::UTC, 0, None));
    assert_eq!(short.to_json(), r#"{"every":"1h","time_zone":"UTC","priority":0}"#);
    let days = spec(r#"{"windows":[{"from":"22:00","to":"06:00","days":["sun","Fri"],"every":"1d"}]}"#);
    assert_eq!(days.windows[0].to_string(), "22:00-06:00 FRI SUN");
}

#[test]
fn intervals_are_whole_numbers_of_a_unit() {
    for (text, millis, shown) in [
        ("90s", 90_000, "90s"),
        ("120s", 120_000, "2m"),
        (" 5 m", 300_000, "5m"),
        ("1h", 3_600_000, "1h"),
        ("24h", 86_400_000, "1d"),
        ("366d", 366 * 86_400_000, "366d"),
    ] {
        let every: Every = text.parse().unwrap();
        assert_eq!((every.millis(), every.to_string().as_str()), (millis, shown));
    }
    for wrong in [
        "",
        "5",
        "m",
        "0s",
        "-1m",
        "1.5h",
        "5min",
        "367d",
        "5µ",
        "99999999999999999999s",
        "9223372036854775807d",
    ] {
        let error = wrong.parse::<Every>().unwrap_err().to_string();
        assert!(error.contains(&format!("{wrong:?}")) && error.contains("5m"), "{error}");
    }
}

#[test]
fn what_is_wrong_names_the_field_the_value_and_what_is_accepted() {
    for (json, words) in [
        (r#"{}"#, &["every", "cron", "5m"][..]),
        (r#"{"every":"5m","cron":"* * * * *"}"#, &["every", "\"5m\"", "cron", "one of the two"]),
        (r#"{"every":"soon"}"#, &["every", "\"soon\"", "5m"]),
        (r#"{"cron":"* * * *"}"#, &["cron", "\"* * * *\"", "4 fields", "five fields"]),
        (r#"{"cron":"0 * * * * *"}"#, &["cron", "6 fields"]),
        (r#"{"cron":"60 * * * *"}"#, &["cron", "\"60 * * * *\"", "five fields"]),
        (r#"{"cron":"0 0 30 2 *"}"#, &["cron", "0 0 30 2 *", "no such day"]),
        (r#"{"cron":"@daily"}"#, &["cron", "@daily", "five fields"]),
        (r#"{"every":"5m","time_zone":"Berlin"}"#, &["time_zone", "\"Berlin\"", "Europe/Berlin"]),
        (r#"{"every":"5m","max_messages_per_segment":0}"#, &["max_messages_per_segment", "0", "1 or more"]),
        (r#"{"every":"5m","intervall":"5m"}"#, &["intervall", "every"]),
        (
            r#"{"windows":[{"from":"8:00","to":"20:00","every":"5m"}]}"#,
            &["windows[0].from", "\"8:00\"", "00:00 to 23:59"],
        ),
        (
            r#"{"windows":[{"from":"08:00","to":"24:01","every":"5m"}]}"#,
            &["windows[0].to", "\"24:01\"", "00:01 to 24:00"],
        ),
        (r#"{"windows":[{"from":"08:60","to":"09:00","every":"5m"}]}"#, &["windows[0].from", "\"08:60\""]),
        (
            r#"{"windows":[{"from":"08:00","to":"08:00","every":"5m"}]}"#,
            &["windows[0].from", "windows[0].to", "24:00"],
        ),
        (r#"{"windows":[{"from":"08:00","to":"09:00"}]}"#, &["windows[0].every", "windows[0].cron"]),
        (
            r#"{"windows":[{"from":"08:00","to":"09:00","every":"5m","days":[]}]}"#,
            &["windows[0].days", "leave it out"],
        ),
        (
            r#"{"windows":[{"from":"08:00","to":"09:00","every":"5m","days":["MO"]}]}"#,
            &["windows[0].days", "\"MO\"", "MON"],
        ),
        (
            r#"{"windows":[{"from":"08:00","to":"09:00","cron":"0 12 * * *"}]}"#,
            &["windows[0].cron", "\"0 12 * * *\"", "08:00-09:00", "use times that lie in it"],
        ),
        (r#""5m""#, &["cannot be read"]),
    ] {
        let error = ScheduleSpec::parse(json).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        for word in words {
            assert!(error.to_string().contains(word), "{json}: {word:?} is missing in: {error}");
        }
    }
}
