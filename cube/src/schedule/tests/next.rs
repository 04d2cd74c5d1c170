//! When a run is due, and why.

use chrono::{DateTime, Datelike, Timelike, Utc};
use proptest::prelude::*;

use super::*;

const BERLIN: Tz = Tz::Europe__Berlin;

fn next(spec: &ScheduleSpec, since: i64, now: i64) -> NextRun {
    next_run(spec, RunsSoFar { since, failures: 0 }, now)
}

/// The runs of a schedule that never sleeps, each made when it is due.
fn runs(spec: &ScheduleSpec, since: i64, until: i64) -> Vec<i64> {
    let due = |&since: &i64| next(spec, since, since).at.filter(|at| *at < until);
    std::iter::successors(due(&since), due).collect()
}

fn shown(runs: &[i64], zone: Tz) -> Vec<String> {
    let local = |at: &i64| DateTime::<Utc>::from_timestamp_millis(*at).unwrap().with_timezone(&zone);
    runs.iter().map(|at| local(at).format("%d %H:%M %:z").to_string()).collect()
}

#[test]
fn an_interval_counts_from_the_previous_run() {
    let every = spec(r#"{"every":"5m"}"#);
    let since = utc("2026-03-01 10:01:30");
    let run = next(&every, since, since);
    assert_eq!((run.at, run.why.as_str()), (Some(utc("2026-03-01 10:06:30")), "every 5m"));
    let due = next(&every, since, utc("2026-03-01 10:06:31"));
    assert_eq!(due, run, "one that is due is not missed");
}

#[test]
fn missed_runs_are_one_that_is_due_at_once() {
    let hourly = spec(r#"{"cron":"0 * * * *","time_zone":"Europe/Berlin"}"#);
    let since = at(BERLIN, "2026-03-01 08:00:00");
    let run = next(&hourly, since, at(BERLIN, "2026-03-01 11:30:00"));
    assert_eq!(run.at, Some(at(BERLIN, "2026-03-01 09:00:00")), "it is due");
    let why = "3 runs missed since 2026-03-01 09:00:00 Europe/Berlin, caught up as one (cron 0 * * * * (Europe/Berlin))";
    assert_eq!(run.why, why);
    let caught_up = at(BERLIN, "2026-03-01 11:30:00");
    assert_eq!(next(&hourly, caught_up, caught_up).at, Some(at(BERLIN, "2026-03-01 12:00:00")));
    let long_ago = next(&spec(r#"{"every":"1s"}"#), 0, since);
    assert!(
        long_ago.why.starts_with("more than 100 runs missed since 1970-01-01 00:00:01 UTC"),
        "{}",
        long_ago.why
    );
}

#[test]
fn a_daily_run_happens_once_a_day_also_when_the_clock_changes() {
    for cron in ["0 2 * * *", "30 2 * * *", "59 1 * * *", "0 3 * * *", "0 0 * * *"] {
        let daily = spec(&format!(r#"{{"cron":"{cron}","time_zone":"Europe/Berlin"}}"#));
        let (from, to) = (at(BERLIN, "2020-01-01 12:00:00"), at(BERLIN, "2030-01-01 12:00:00"));
        let runs = runs(&daily, from, to);
        let mut days: Vec<_> = runs
            .iter()
            .map(|at| {
                DateTime::<Utc>::from_timestamp_millis(*at).unwrap().with_timezone(&BERLIN).date_naive()
            })
            .collect();
        let count = days.len();
        days.dedup();
        assert_eq!((count, days.len()), (3653, 3653), "{cron}");
    }
    let spring = spec(r#"{"cron":"30 2 * * *","time_zone":"Europe/Berlin"}"#);
    let days = runs(&spring, at(BERLIN, "2026-03-28 00:00:00"), at(BERLIN, "2026-03-31 00:00:00"));
    assert_eq!(shown(&days, BERLIN), ["28 02:30 +01:00", "29 03:00 +02:00", "30 02:30 +02:00"]);
    let days = runs(&spring, at(BERLIN, "2026-10-24 00:00:00"), at(BERLIN, "2026-10-27 00:00:00"));
    assert_eq!(shown(&days, BERLIN), ["24 02:30 +02:00", "25 02:30 +02:00", "26 02:30 +01:00"]);
}

#[test]
fn an_expression_with_steps_follows_the_clock_through_its_changes() {
    let half_hourly = spec(r#"{"cron":"*/30 * * * *","time_zone":"Europe/Berlin"}"#);
    for day in ["2026-03-29", "2026-10-25"] {
        let from = at(BERLIN, &format!("{day} 00:00:00"));
        let runs = runs(&half_hourly, from, from + 8 * 3_600_000);
        assert!(runs.windows(2).all(|pair| pair[1] - pair[0] == 1_800_000), "{:?}", shown(&runs, BERLIN));
    }
}

#[test]
fn the_first_window_that_holds_the_moment_decides_and_the_interval_counts_on() {
    let spec = spec(
        r#"{"every":"1h","time_zone":"Europe/Berlin","windows":[
            {"from":"12:00","to":"13:00","days":["MON"],"every":"30m"},
            {"from":"08:00","to":"20:00","every":"10m"}]}"#,
    );
    // 2 March 2026 is a Monday.
    let first = |since: &str| {
        let since = at(BERLIN, &format!("2026-03-02 {since}"));
        shown(&[next(&spec, since, since).at.unwrap()], BERLIN).remove(0)[3..8].to_owned()
    };
    for (since, expected) in [
        ("09:00:00", "09:10"),
        ("11:55:00", "12:25"),
        ("12:25:00", "12:55"),
        ("12:55:00", "13:05"),
        ("19:55:00", "20:55"),
        ("07:30:00", "08:00"),
        ("07:55:00", "08:05"),
    ] {
        assert_eq!(first(since), expected, "after {since}");
    }
    let why = |since: &str| {
        let since = at(BERLIN, &format!("2026-03-02 {since}"));
        next(&spec, since, since).why
    };
    assert_eq!(why("12:25:00"), "every 30m in the window 12:00-13:00 MON (Europe/Berlin)");
    assert_eq!(why("22:00:00"), "every 1h (Europe/Berlin)");
}

#[test]
fn a_window_may_cross_midnight_and_belongs_to_the_day_on_which_it_begins() {
    let night = spec(r#"{"windows":[{"from":"22:00","to":"02:00","days":["SAT"],"cron":"0 * * * *"}]}"#);
    // 7 March 2026 is a Saturday.
    let runs = runs(&night, utc("2026-03-02 00:00:00"), utc("2026-03-15 12:00:00"));
    let expected = ["07 22", "07 23", "08 00", "08 01", "14 22", "14 23", "15 00", "15 01"];
    assert_eq!(shown(&runs, Tz::UTC), expected.map(|text| format!("{text}:00 +00:00")));
}

#[test]
fn a_window_that_begins_when_the_interval_is_over_runs_at_its_beginning() {
    let weekly = spec(r#"{"windows":[{"from":"06:00","to":"06:30","days":["SUN"],"every":"1d"}]}"#);
    let runs = runs(&weekly, utc("2026-03-01 06:10:00"), utc("2026-03-16 00:00:00"));
    assert_eq!(shown(&runs, Tz::UTC), ["08 06:00 +00:00", "15 06:00 +00:00"]);
}

#[test]
fn what_can_never_run_says_so() {
    let hidden = spec(
        r#"{"cron":"30 8 * * *","windows":[
            {"from":"08:00","to":"09:00","cron":"0 8 29 2 *"},{"from":"08:10","to":"08:20","every":"1m"}]}"#,
    );
    let leap = next(&hidden, utc("2026-01-01 00:00:00"), utc("2026-01-01 00:00:00"));
    assert_eq!(leap.at, Some(utc("2028-02-29 08:00:00")), "the first window hides the others");
    let mut never = spec(r#"{"windows":[{"from":"08:00","to":"09:00","cron":"30 8 * * *"}]}"#);
    never.windows[0].to = 500;
    let run = next(&never, 0, 0);
    assert!(run.at.is_none() && run.why.contains("window"), "{run:?}");
}

#[test]
fn a_run_that_failed_is_tried_again_later_and_later() {
    let after = |json: &str, failures| {
        let since = utc("2026-03-02 10:00:00");
        let run = next_run(&spec(json), RunsSoFar { since, failures }, since);
        ((run.at.unwrap() - since) / 1000, run.why)
    };
    let waits: Vec<i64> = (1..8).map(|failures| after(r#"{"every":"5m"}"#, failures).0).collect();
    assert_eq!(waits, [300, 600, 1200, 2400, 3600, 3600, 3600]);
    assert_eq!(after(r#"{"cron":"0 2 * * *"}"#, 1).0, 3600, "not only tomorrow");
    assert_eq!(after(r#"{"every":"1s"}"#, u32::MAX).0, 3600);
    let night = r#"{"windows":[{"from":"22:00","to":"23:00","every":"5m"}]}"#;
    assert_eq!(after(night, 1).0, 12 * 3600, "only where something runs at all");
    assert_eq!(
        after(r#"{"every":"5m"}"#, 2).1,
        "2 runs failed in a row, so it is tried again 600 s after the last"
    );
}

#[test]
fn a_paused_schedule_never_runs() {
    let schedule = Schedule {
        cube: CubeName::new("c").unwrap(),
        spec: spec(r#"{"every":"5m"}"#),
        paused: true,
        created_at: 1_000,
        last_run: Some(500),
        last_outcome: None,
        last_job: None,
        last_message: None,
        failures: 0,
    };
    assert_eq!(schedule.next_run(0).at, None);
    let resumed = Schedule { paused: false, ..schedule };
    assert_eq!(resumed.next_run(0).at, Some(301_000), "a changed schedule counts from its change");
}

/// A schedule of one daily time or an interval in up to two windows, and what it means, minute by minute.
#[derive(Clone, Debug)]
struct Plain {
    outside: Option<PlainPace>,
    windows: Vec<(u32, u32, u8, PlainPace)>,
}

#[derive(Clone, Copy, Debug)]
enum PlainPace {
    Minutes(i64),
    Daily(u32, u32),
}

impl PlainPace {
    fn json(self) -> String {
        match self {
            Self::Minutes(minutes) => format!(r#""every":"{minutes}m""#),
            Self::Daily(hour, minute) => format!(r#""cron":"{minute} {hour} * * *""#),
        }
    }
}

impl Plain {
    fn spec(&self) -> ScheduleSpec {
        let days = |set: u8| {
            let names = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"].into_iter().enumerate();
            let names: Vec<_> =
                names.filter(|(i, _)| set >> i & 1 == 1).map(|(_, n)| format!("{n:?}")).collect();
            names.join(",")
        };
        let clock = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let windows: Vec<String> = self
            .windows
            .iter()
            .map(|&(from, to, set, pace)| {
                let (from, to, days) = (clock(from), clock(to), days(set));
                format!(r#"{{"from":"{from}","to":"{to}","days":[{days}],{}}}"#, pace.json())
            })
            .collect();
        let outside = self.outside.map_or(String::new(), |pace| format!("{},", pace.json()));
        spec(&format!(r#"{{{outside}"windows":[{}]}}"#, windows.join(",")))
    }

    fn pace_at(&self, at: DateTime<Utc>) -> Option<PlainPace> {
        let minute = at.hour() * 60 + at.minute();
        let today = at.weekday().num_days_from_monday();
        let yesterday = (today + 6) % 7;
        let inside = self.windows.iter().find(|(from, to, days, _)| {
            let on = |day: u32| days >> day & 1 == 1;
            match from < to {
                true => on(today) && *from <= minute && minute < *to,
                false => (on(today) && minute >= *from) || (on(yesterday) && minute < *to),
            }
        });
        inside.map(|(.., pace)| *pace).or(self.outside)
    }

    fn due(&self, since: i64) -> Option<i64> {
        (1..15 * 1440).map(|minute| since + minute * 60_000).find(|&at| {
            let moment = DateTime::<Utc>::from_timestamp_millis(at).unwrap();
            match self.pace_at(moment) {
                None => false,
                Some(PlainPace::Minutes(minutes)) => at - since >= minutes * 60_000,
                Some(PlainPace::Daily(hour, minute)) => (moment.hour(), moment.minute()) == (hour, minute),
            }
        })
    }
}

fn pace() -> impl Strategy<Value = PlainPace> {
    prop_oneof![
        (1i64..3000).prop_map(PlainPace::Minutes),
        (0u32..24, 0u32..60).prop_map(|(hour, minute)| PlainPace::Daily(hour, minute)),
    ]
}

/// A window, and a daily time that lies in it.
fn window() -> impl Strategy<Value = (u32, u32, u8, PlainPace)> {
    let length = 1u32..1440;
    (0u32..1440, length, 1u8..128, pace(), 0u32..1440).prop_map(|(from, length, days, pace, inside)| {
        let to = (from + length) % 1440;
        let time = (from + inside % length) % 1440;
        let pace = match pace {
            PlainPace::Daily(..) => PlainPace::Daily(time / 60, time % 60),
            minutes => minutes,
        };
        (from, if to == 0 { 1440 } else { to }, days, pace)
    })
}

fn plain() -> impl Strategy<Value = Plain> {
    (prop::option::of(pace()), prop::collection::vec(window(), 1..3))
        .prop_map(|(outside, windows)| Plain { outside, windows })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_run_is_due_where_looking_at_every_minute_finds_it(plain in plain(), minutes in 0i64..100_000) {
        let since = utc("2026-01-01 00:00:00") + minutes * 60_000;
        prop_assert_eq!(next(&plain.spec(), since, since).at, plain.due(since));
    }

    #[test]
    fn a_run_is_never_due_before_the_one_that_went_before(plain in plain(), since in 0i64..4_000_000_000_000) {
        if let Some(at) = next(&plain.spec(), since, since).at {
            prop_assert!(at > since);
        }
    }
}
