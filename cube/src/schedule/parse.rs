//! JSON → a checked schedule, and back.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::window::{Clock, WEEK};
use super::{Days, Pace, ScheduleSpec, Window};
use crate::{Error, Result};

/// More windows than this are refused.
const MAX_WINDOWS: usize = 50;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSchedule {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cron: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_messages_per_segment: Option<u64>,
    #[serde(default)]
    priority: i32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    windows: Vec<RawWindow>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWindow {
    from: String,
    to: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    every: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cron: Option<String>,
}

impl RawSchedule {
    pub(super) fn check(self) -> Result<ScheduleSpec> {
        let pace = pace(self.every, self.cron, "")?;
        if pace.is_none() && self.windows.is_empty() {
            return Err(Error::invalid(
                "the schedule has neither every nor cron nor windows; use {\"every\":\"5m\"} or {\"cron\":\"0 * * * *\"}",
            ));
        }
        let zone = self.time_zone.as_deref().unwrap_or("UTC");
        let time_zone: Tz = zone.parse().map_err(|_| {
            Error::invalid(format!(
                "time_zone {zone:?} is not a time zone of the tz database, such as Europe/Berlin"
            ))
        })?;
        if self.max_messages_per_segment == Some(0) {
            return Err(Error::invalid("max_messages_per_segment is 0; use 1 or more, or leave it out"));
        }
        if self.windows.len() > MAX_WINDOWS {
            return Err(Error::invalid(format!(
                "windows: there are {}; at most {MAX_WINDOWS} are accepted",
                self.windows.len()
            )));
        }
        let windows = self.windows.into_iter().enumerate();
        Ok(ScheduleSpec {
            pace,
            time_zone,
            max_messages_per_segment: self.max_messages_per_segment,
            priority: self.priority,
            windows: windows
                .map(|(i, window)| window.check(&format!("windows[{i}]."), time_zone))
                .collect::<Result<_>>()?,
        })
    }
}

/// At most one of the two.
fn pace(every: Option<String>, cron: Option<String>, at: &str) -> Result<Option<Pace>> {
    match (every, cron) {
        (None, None) => Ok(None),
        (Some(every), None) => {
            let every = every.parse().map_err(|error: Error| error.context(format!("{at}every")))?;
            Ok(Some(Pace::Every(every)))
        }
        (None, Some(cron)) => {
            let cron = cron.parse().map_err(|error: Error| error.context(format!("{at}cron")))?;
            Ok(Some(Pace::Cron(cron)))
        }
        (Some(every), Some(cron)) => Err(Error::invalid(format!(
            "{at}every is {every:?} and {at}cron is {cron:?}; use one of the two"
        ))),
    }
}

impl RawWindow {
    fn check(self, at: &str, zone: Tz) -> Result<Window> {
        let from = clock(&self.from, &format!("{at}from"), 0..=1439)?;
        let to = clock(&self.to, &format!("{at}to"), 1..=1440)?;
        if from == to {
            return Err(Error::invalid(format!(
                "{at}from and {at}to are both {:?}; use 00:00 and 24:00 for the whole day",
                self.from
            )));
        }
        let days = match &self.days {
            None => Days::ALL,
            Some(names) => days(names, &format!("{at}days"))?,
        };
        let pace = pace(self.every, self.cron, at)?.ok_or_else(|| {
            Error::invalid(format!("{at}every and {at}cron are missing; say how often it runs in the window"))
        })?;
        let window = Window { from, to, days, pace };
        if let Pace::Cron(cron) = &window.pace
            && cron.first_where(0, zone, |moment| window.holds_at(moment, zone)).is_none()
        {
            return Err(Error::invalid(format!(
                "{at}cron {:?} never falls into the window {window}; use times that lie in it",
                cron.to_string()
            )));
        }
        Ok(window)
    }
}

/// `HH:MM` as minutes of the day.
fn clock(text: &str, at: &str, accepted: std::ops::RangeInclusive<u32>) -> Result<u32> {
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = text.split_once(':').filter(|(hour, minute)| digits(hour) && digits(minute));
    let minutes = parsed.and_then(|(hour, minute)| {
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (minute < 60).then_some(hour * 60 + minute)
    });
    minutes.filter(|minutes| accepted.contains(minutes)).ok_or_else(|| {
        Error::invalid(format!(
            "{at} {text:?} is not a time of the day; use HH:MM from {} to {}",
            Clock(*accepted.start()),
            Clock(*accepted.end())
        ))
    })
}

fn days(names: &[String], at: &str) -> Result<Days> {
    let day = |name: &String| {
        let found = WEEK.into_iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
        found.map(|(day, _)| day).ok_or_else(|| {
            Error::invalid(format!("{at} {name:?} is not a day; use MON, TUE, WED, THU, FRI, SAT or SUN"))
        })
    };
    let days = names.iter().map(day).collect::<Result<Vec<_>>>()?;
    Days::new(days).ok_or_else(|| Error::invalid(format!("{at} names no day; leave it out for all days")))
}

impl TryFrom<RawSchedule> for ScheduleSpec {
    type Error = Error;
    fn try_from(raw: RawSchedule) -> Result<Self> {
        raw.check()
    }
}

impl From<ScheduleSpec> for RawSchedule {
    fn from(spec: ScheduleSpec) -> Self {
        let (every, cron) = texts(spec.pace.as_ref());
        Self {
            every,
            cron,
            time_zone: Some(spec.time_zone.to_string()),
            max_messages_per_segment: spec.max_messages_per_segment,
            priority: spec.priority,
            windows: spec.windows.iter().map(RawWindow::of).collect(),
        }
    }
}

impl RawWindow {
    fn of(window: &Window) -> Self {
        let (every, cron) = texts(Some(&window.pace));
        let days = window.days.names().map(str::to_owned).collect();
        Self {
            from: Clock(window.from).to_string(),
            to: Clock(window.to).to_string(),
            days: (window.days != Days::ALL).then_some(days),
            every,
            cron,
        }
    }
}

fn texts(pace: Option<&Pace>) -> (Option<String>, Option<String>) {
    match pace {
        None => (None, None),
        Some(Pace::Every(every)) => (Some(every.to_string()), None),
        Some(Pace::Cron(cron)) => (None, Some(cron.to_string())),
    }
}
